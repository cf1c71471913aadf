/** What the palette offers: every action that makes sense here, and sessions, profiles and sections of the settings by name. */
import {
  type ActionFacts,
  type ActionGroup,
  type ActionId,
  actionGroups,
  whyNot,
} from '../../../src-shared/domain/action.ts';
import type { DriverManifest } from '../../../src-shared/domain/driver-manifest.ts';
import { isEnded, type Session } from '../../../src-shared/domain/session.ts';
import { type ChosenKeys, type KeySystem, keysOf } from '../../../src-shared/domain/shortcuts.ts';
import { actionMessages, actionSynonyms, actionTitles } from '../../messages/actions.ts';
import { paletteMessages as words } from '../../messages/palette.ts';
import { settingsMessages } from '../../messages/settings.ts';
import { type OpenDialog, type Selection, settingsSections } from '../../stores/ui-store.ts';

/** What choosing an item does. */
export type PaletteDoes =
  | { type: 'action'; id: ActionId }
  | { type: 'select'; selection: Selection }
  | { type: 'open'; dialog: OpenDialog };

/** One line of the palette. */
export interface PaletteItem {
  id: string;
  title: string;
  group: string;
  words?: string;
  /** As shortcuts are written: "Mod+K". */
  keys: string | null;
  /** Why it cannot be done now. */
  why: string | null;
  does: PaletteDoes;
}

/** Actions whose title names what they are about. */
const aboutProfile: ReadonlySet<ActionId> = new Set([
  'connect',
  'new-session',
  'edit-profile',
  'duplicate-profile',
  'make-default',
  'delete-profile',
]);

/** Every action, in the order of its groups; what makes no sense here is left out. */
export function actionItems(facts: ActionFacts, system: KeySystem, chosen: ChosenKeys): PaletteItem[] {
  return (Object.keys(actionGroups) as ActionGroup[]).flatMap((group) =>
    actionGroups[group].flatMap((id: ActionId): PaletteItem[] => {
      const refusal = whyNot(id, facts);
      // The palette is open.
      if (refusal === 'absent' || id === 'palette') return [];
      const synonyms = actionSynonyms[id];
      return [
        {
          id,
          title: titleOf(id, facts),
          group: actionMessages.groups[group],
          keys: keysOf(id, system, chosen),
          why: refusal === null ? null : actionMessages.refusals[refusal],
          does: { type: 'action', id },
          ...(synonyms === undefined ? {} : { words: synonyms }),
        },
      ];
    }),
  );
}

function titleOf(id: ActionId, { profile, profiles }: ActionFacts): string {
  const number = /^use-profile-(\d)$/.exec(id)?.[1];
  if (number !== undefined)
    return actionMessages.profileAsDefault(profiles[Number(number) - 1]?.name ?? number);
  const title = actionTitles[id];
  return aboutProfile.has(id) && profile ? actionMessages.about(title, profile.name) : title;
}

/** Sessions, the live ones first, then profiles. `wordOf` says how a session is. */
export function placeItems(
  facts: ActionFacts,
  drivers: readonly DriverManifest[],
  wordOf: (session: Session) => string,
): PaletteItem[] {
  const labelOf = (type: string) => drivers.find((driver) => driver.type === type)?.label ?? type;
  const sessions = facts.sessions.toSorted((a, b) => Number(isEnded(a)) - Number(isEnded(b)));
  return [
    ...sessions.map(
      (session): PaletteItem => ({
        id: `session:${session.id}`,
        title: words.session(session.profileName, wordOf(session)),
        group: words.sessions,
        words: labelOf(session.driverType),
        keys: null,
        why: null,
        does: { type: 'select', selection: { type: 'session', id: session.id } },
      }),
    ),
    ...facts.profiles.map(
      (profile): PaletteItem => ({
        id: `profile:${profile.id}`,
        title: profile.name,
        group: words.profiles,
        words: labelOf(profile.driverType),
        keys: null,
        why: null,
        does: { type: 'select', selection: { type: 'profile', id: profile.id } },
      }),
    ),
  ];
}

/** What is found only by typing: a new profile of each driver, the sections of the settings. */
export function hiddenItems(drivers: readonly DriverManifest[]): PaletteItem[] {
  return [
    ...drivers.map(
      (driver): PaletteItem => ({
        id: `new:${driver.type}`,
        title: words.newProfileOf(driver.label),
        group: words.profiles,
        keys: null,
        why: null,
        does: { type: 'open', dialog: { type: 'new-profile', driverType: driver.type } },
      }),
    ),
    ...settingsSections.map(
      (section): PaletteItem => ({
        id: `settings:${section}`,
        title: settingsMessages.open(settingsMessages.sections[section]),
        words: settingsMessages.sectionWords[section],
        group: words.settings,
        keys: null,
        why: null,
        does: { type: 'open', dialog: { type: 'settings', section } },
      }),
    ),
  ];
}

/** Those of `items` that `recent` names, in its order. */
export function recentItems(items: readonly PaletteItem[], recent: readonly string[]): PaletteItem[] {
  return recent.flatMap((id) => items.find((item) => item.id === id) ?? []);
}

/** `recent` with `id` in front, at most `length` of them. */
export function withRecent(recent: readonly string[], id: string, length = 6): string[] {
  return [id, ...recent.filter((other) => other !== id)].slice(0, length);
}
