/**
 * The tray's icon, tooltip and menu from the status. Pure: menus are rebuilt whole, so that what is checked is always what
 * is true; a choice that was refused snaps back with the next status.
 */
import { actionFacts, pausable } from '../../src-shared/domain/action.ts';
import type { DriverManifest, DriverType } from '../../src-shared/domain/driver-manifest.ts';
import type { Profile } from '../../src-shared/domain/profile.ts';
import { type KeepMode, mayStillRun } from '../../src-shared/domain/session.ts';
import type { Status } from '../../src-shared/domain/status.ts';
import { labelOf, type MenuNode, separator, sessionNames, withoutEdges } from './menu-node.ts';
import { keepRunning } from './quit-summary.ts';
import type { StatusActions } from './status-actions.ts';
import { type IconState, type StatusSummary, summarize } from './status-summary.ts';
import { pauseSyncNode, rerunNode, sessionNode } from './tray-session.ts';

/** What the tray shows. */
export interface TrayView {
  icon: IconState;
  /** Words for the icon: states must not be told by shape and colour alone. */
  tooltip: string;
  menu: MenuNode[];
}

/** What the tray's menu depends on besides the status. */
export interface TrayContext {
  platform: NodeJS.Platform;
  drivers: readonly DriverManifest[];
  /** What a disconnect does to a session's sandbox where nobody says otherwise. */
  keepOf: (sessionId: string) => KeepMode;
}

/** Profiles listed in a menu; more of them are in the window. */
export const maxMenuProfiles = 9;

/** Windows cuts tooltips at 127 characters. */
const maxTooltip = 120;

/** The tray of this status. No accelerators: Linux does not show them, and in a tray they would not work. */
export function trayView(
  status: Status,
  { platform, drivers, keepOf }: TrayContext,
  actions: StatusActions,
): TrayView {
  const summary = summarize(status);
  const { icon, line, live } = summary;
  const names = sessionNames(live);
  const facts = actionFacts(status, drivers, null);
  const toPause = pausable(facts);
  const kept = keepRunning(status, drivers, keepOf).length;
  const menu = [
    { id: 'status', label: labelOf(line), enabled: false },
    separator,
    ...live.map((session) =>
      sessionNode(status, session, names.get(session.id) ?? session.profileName, facts.pausing, actions),
    ),
    ...rerunNode(status, live, names, actions),
    separator,
    connectMenu(status, summary, actions),
    ...elsewhereNode(status, actions),
    ...(toPause.length > 1
      ? [{ id: 'pause-all', label: 'Pause All…', click: () => actions.command('pause-all') }]
      : []),
    ...pauseSyncNode(status, actions),
    separator,
    { id: 'open', label: 'Open SpecBoard', click: () => actions.openWindow() },
    { id: 'settings', label: 'Settings…', click: () => actions.command('settings') },
    separator,
    {
      id: 'quit',
      label:
        kept === 0 ? 'Quit SpecBoard' : `Quit SpecBoard (${kept} ${kept === 1 ? 'keeps' : 'keep'} running)`,
      click: () => actions.quit(),
    },
  ];
  return {
    icon,
    tooltip: `SpecBoard: ${cut(line)}`,
    // macOS does not gray out what a status item's menu offers at its top level: leave out what cannot be done.
    menu: withoutEdges(
      platform === 'darwin' ? menu.filter((node) => node.id === 'status' || node.enabled !== false) : menu,
    ),
  };
}

/** "Connect": to the default profile at once, and which one that is. */
function connectMenu(status: Status, summary: StatusSummary, actions: StatusActions): MenuNode {
  const profiles = profileNodes(status.profiles, actions);
  return {
    id: 'connect-menu',
    label: 'Connect',
    enabled: profiles.length > 0,
    submenu: [connectNode(summary, actions), separator, ...profiles],
  };
}

/** Starts a session of the default profile; not while one of its sessions is being connected. */
function connectNode({ live, defaultProfile }: StatusSummary, actions: StatusActions): MenuNode {
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

/** Sandboxes that were left or lost since the start and may still run. What else runs only the vendors know: not asked here. */
function elsewhereNode({ sessions }: Status, actions: StatusActions): MenuNode[] {
  const left = sessions.filter(mayStillRun);
  if (left.length === 0) return [];
  return [
    {
      id: 'elsewhere',
      label: left.length === 1 ? 'Left: 1 sandbox' : `Left: ${left.length} sandboxes`,
      submenu: left.slice(0, maxMenuProfiles).map((session) => ({
        id: `left:${session.id}`,
        label: `${labelOf(session.profileName)}: ${labelOf(session.reason.text)}`,
        click: () => actions.command('show-session', session.id),
      })),
    },
  ];
}

/** The profiles as radio items, the default one checked; the first nine, and the default one in any case. */
export function profileNodes(
  profiles: readonly Profile[],
  actions: StatusActions,
  acceleratorFor: (index: number) => string | undefined = () => undefined,
): MenuNode[] {
  const nodes = listedProfiles(profiles).map((profile): MenuNode => {
    const accelerator = acceleratorFor(profiles.indexOf(profile));
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
