/**
 * The tray's icon, tooltip and menu from the status. Pure: menus are rebuilt whole, so that what is checked is always what
 * is true; a choice that was refused snaps back with the next status.
 */
import type { DriverType } from '../../src-shared/domain/driver-manifest.ts';
import type { Profile } from '../../src-shared/domain/profile.ts';
import type { Status } from '../../src-shared/domain/status.ts';
import { cancelNode, disconnectNode, labelOf, type MenuNode, separator } from './menu-node.ts';
import type { StatusActions } from './status-actions.ts';
import { type IconState, type StatusSummary, summarize } from './status-summary.ts';

/** What the tray shows. */
export interface TrayView {
  icon: IconState;
  /** Words for the icon: states must not be told by shape and colour alone. */
  tooltip: string;
  menu: MenuNode[];
}

/** Profiles listed in a menu; more of them are in the window. */
export const maxMenuProfiles = 9;

/** Windows cuts tooltips at 127 characters. */
const maxTooltip = 120;

/** The tray of this status. No accelerators: Linux does not show them, and in a tray they would not work. */
export function trayView(status: Status, platform: NodeJS.Platform, actions: StatusActions): TrayView {
  const summary = summarize(status);
  const { icon, line, live, running } = summary;
  const does: MenuNode[] = [
    connectNode(summary, actions),
    disconnectNode(live, actions.disconnect),
    cancelNode(running, live, actions.cancel),
  ];
  const profiles = profileNodes(status.profiles, actions);
  return {
    icon,
    tooltip: `SpecBoard: ${cut(line)}`,
    menu: [
      { id: 'status', label: labelOf(line), enabled: false },
      separator,
      ...(profiles.length > 0 ? [...profiles, separator] : []),
      // macOS does not gray out what a status item's menu offers at its top level: leave out what cannot be done.
      ...(platform === 'darwin' ? does.filter((node) => node.enabled !== false) : does),
      separator,
      { id: 'open', label: 'Open SpecBoard', click: () => actions.openWindow() },
      { id: 'settings', label: 'Settings…', click: () => actions.command('settings') },
      separator,
      { id: 'quit', label: 'Quit SpecBoard', click: () => actions.quit() },
    ],
  };
}

/** "Connect": starts a session of the default profile; not while one of its sessions is being connected. */
export function connectNode({ live, defaultProfile }: StatusSummary, actions: StatusActions): MenuNode {
  if (defaultProfile === undefined) return { id: 'connect', label: 'Connect', enabled: false };
  return {
    id: 'connect',
    label: `Connect to ${labelOf(defaultProfile.name)}`,
    enabled: !live.some(
      ({ profileId, status }) => profileId === defaultProfile.id && status === 'connecting',
    ),
    click: () => actions.connect(defaultProfile.id),
  };
}

/** The profiles as radio items, the default one checked; the first nine, and the default one in any case. */
export function profileNodes(
  profiles: readonly Profile[],
  actions: StatusActions,
  acceleratorOf: (index: number) => string | undefined = () => undefined,
): MenuNode[] {
  const nodes = listedProfiles(profiles).map((profile, index): MenuNode => {
    const accelerator = acceleratorOf(index);
    return {
      id: `profile:${profile.id}`,
      label: `${labelOf(profile.name)} (${driverWords[profile.driverType]})`,
      type: 'radio',
      checked: profile.isDefault,
      click: () => actions.setDefault(profile.id),
      ...(accelerator === undefined ? {} : { accelerator }),
    };
  });
  if (profiles.length > nodes.length) {
    nodes.push({ id: 'more-profiles', label: 'More Profiles…', click: () => actions.openWindow() });
  }
  return nodes;
}

const driverWords: Record<DriverType, string> = {
  e2b: 'E2B',
  docker: 'Docker',
  daytona: 'Daytona',
  local: 'Local',
};

function listedProfiles(profiles: readonly Profile[]): Profile[] {
  const first = profiles.slice(0, maxMenuProfiles);
  const chosen = profiles.find((profile) => profile.isDefault);
  return chosen === undefined || first.includes(chosen) ? first : [...first.slice(0, -1), chosen];
}

function cut(text: string): string {
  return labelOf(text, maxTooltip - 'SpecBoard: '.length).replaceAll('&&', '&');
}
