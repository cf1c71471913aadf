/**
 * Keys of actions: the usual ones on each system, those that the person chose instead, and what is taken. Written as
 * "Mod+Shift+K": Mod is Cmd on macOS and Ctrl elsewhere; Ctrl is named only on macOS. Pure.
 */
import { type ActionId, actionIds } from './action.ts';

/** Systems whose keys differ. */
export type KeySystem = 'mac' | 'windows' | 'linux';

/** The system of a `process.platform`. */
export function keySystem(platform: string): KeySystem {
  if (platform === 'darwin') return 'mac';
  return platform === 'win32' ? 'windows' : 'linux';
}

interface UsualKeys {
  mac: string;
  other: string;
  /** Where Linux has to differ: GNOME owns Alt+F1 and Alt+F2. */
  linux?: string;
  /** While a terminal has the focus, off macOS: other keys, because the shell owns the usual ones. */
  terminal?: string | null;
}

/** The same keys on all systems. */
const same = (keys: string, terminal?: string | null): UsualKeys => ({
  mac: keys,
  other: keys,
  ...(terminal === undefined ? {} : { terminal }),
});

/** Tabs: Cmd+1 on macOS, Alt+1 elsewhere, as in browsers' opposite: Ctrl+digits belong to nobody, Alt+digits to readline. */
const tab = (number: number): UsualKeys => ({ mac: `Mod+${number}`, other: `Alt+${number}` });

/** The usual keys. Never Ctrl+Alt: on many keyboards that is AltGr, and types characters. */
const usual: Partial<Record<ActionId, UsualKeys>> = {
  run: same('Mod+Enter'),
  'run-all': same('Mod+Shift+Enter'),
  'open-file': same('Mod+O'),
  'save-output': same('Mod+S'),
  find: same('Mod+F', 'Mod+Shift+F'),
  // In a terminal, these are for finding in it.
  'search-activity': same('Mod+Shift+F', null),
  'rerun-last': same('Mod+R'),
  cancel: same('Mod+.'),
  'clear-view': same('Mod+L'),
  'new-session': same('Mod+N'),
  connect: { mac: 'Mod+Shift+C', other: 'Mod+Shift+O' },
  disconnect: same('Mod+Shift+D'),
  palette: same('Mod+K', 'Mod+Shift+K'),
  switch: same('Mod+P', 'Mod+Shift+P'),
  'new-terminal': { mac: 'Mod+T', other: 'Mod+Shift+T' },
  'close-terminal': { mac: 'Mod+W', other: 'Mod+F4' },
  'accessible-view': { mac: 'Alt+F2', other: 'Alt+F2', linux: 'Alt+Shift+F2' },
  'show-run': tab(1),
  'show-terminal': tab(2),
  'show-files': tab(3),
  'show-sync': tab(4),
  'show-activity': tab(5),
  'show-metrics': tab(6),
  'sync-now': same('Mod+Shift+S'),
  'next-conflict': same('F8'),
  'toggle-sidebar': same('Mod+B'),
  'next-region': same('F6'),
  'previous-region': same('Shift+F6'),
  settings: same('Mod+,'),
  'show-shortcuts': same('Mod+/'),
  'accessibility-help': { mac: 'Alt+F1', other: 'Alt+F1', linux: 'Alt+Shift+F1' },
};

for (const n of [1, 2, 3, 4, 5, 6, 7, 8, 9] as const) {
  usual[`use-profile-${n}`] = { mac: `Mod+Ctrl+${n}`, other: `Mod+Shift+${n}` };
}

/** Keys that belong to the system or to editing text everywhere; no action can have them. */
const reserved: Readonly<Record<KeySystem, readonly string[]>> = {
  mac: ['C', 'V', 'X', 'A', 'Z', 'Shift+Z', 'Q', 'H', 'M', '0', '+', '-'].map((key) => `Mod+${key}`),
  windows: ['C', 'V', 'X', 'A', 'Z', 'Y', 'Q', '0', '+', '-'].map((key) => `Mod+${key}`).concat('Alt+F4'),
  linux: ['C', 'V', 'X', 'A', 'Z', 'Y', 'Q', '0', '+', '-'].map((key) => `Mod+${key}`).concat('Alt+F4'),
};

/** What the person chose, by action; an empty text takes the key away. */
export type ChosenKeys = Readonly<Record<string, string>>;

/** The usual keys of an action, whatever was chosen; null where it has none. */
export function usualKeys(id: ActionId, system: KeySystem): string | null {
  const keys = usual[id];
  if (!keys) return null;
  if (system === 'mac') return keys.mac;
  return (system === 'linux' ? keys.linux : undefined) ?? keys.other;
}

/** The keys of an action now; null where it has none. */
export function keysOf(id: ActionId, system: KeySystem, chosen: ChosenKeys): string | null {
  const own = chosen[id];
  if (own !== undefined) return own === '' ? null : own;
  return usualKeys(id, system);
}

/** The keys of an action while a terminal has the focus; null where the shell gets them. */
export function terminalKeysOf(id: ActionId, system: KeySystem, chosen: ChosenKeys): string | null {
  const keys = keysOf(id, system, chosen);
  if (keys === null) return null;
  if (chosen[id] === undefined && system !== 'mac') {
    const instead = usual[id]?.terminal;
    if (instead !== undefined) return instead;
  }
  return belongsToShell(keys, system) ? null : keys;
}

/** True for keys that programs in a terminal use: Ctrl or Alt with one key, Enter, and bare function keys. */
export function belongsToShell(keys: string, system: KeySystem): boolean {
  const parts = keys.split('+').filter(Boolean);
  const key = keys.endsWith('+') ? '+' : parts.at(-1);
  const has = (modifier: string) => parts.slice(0, -1).includes(modifier);
  if (key === 'Enter') return true;
  if (has('Mod') && system === 'mac') return false;
  // Programs know F1 to F12 with modifiers, but the way to readable text must not depend on them.
  if (has('Alt') && /^F\d/.test(key ?? '')) return false;
  if (has('Shift') && (has('Mod') || /^F\d/.test(key ?? ''))) return false;
  // Terminals have no code for Ctrl with these.
  return !(has('Mod') && (key === '.' || key === ',' || /^F\d/.test(key ?? '')));
}

/** Whose keys these are: an action, `reserved`, or null where they are free (for `id`). */
export function ownerOf(
  keys: string,
  id: ActionId,
  system: KeySystem,
  chosen: ChosenKeys,
): ActionId | 'reserved' | null {
  if (reserved[system].includes(keys)) return 'reserved';
  return actionIds.find((other) => other !== id && keysOf(other, system, chosen) === keys) ?? null;
}

/** True where these keys may be chosen at all: one real key, and Ctrl, Cmd or Alt (or a function key). */
export function isUsable(keys: string, system: KeySystem): boolean {
  const parts = keys.replace(/\+\+$/, '+Plus').split('+');
  const key = parts.at(-1) ?? '';
  const modifiers = parts.slice(0, -1);
  if (key === '' || /^(Mod|Ctrl|Alt|Shift|Meta)$/.test(key)) return false;
  if (/^F\d{1,2}$/.test(key)) return true;
  // Ctrl+Alt is AltGr off macOS.
  if (system !== 'mac' && modifiers.includes('Mod') && modifiers.includes('Alt')) return false;
  return modifiers.some((modifier) => modifier === 'Mod' || modifier === 'Alt' || modifier === 'Ctrl');
}

/** The keys as Electron's menus take them; undefined where there are none. */
export function acceleratorOf(keys: string | null, system: KeySystem): string | undefined {
  if (keys === null) return undefined;
  const plus = keys.endsWith('++') ? keys.replace(/\+\+$/, '+Plus') : keys;
  return plus.replace(/\bMod\b/, system === 'mac' ? 'Cmd' : 'Ctrl').replace(/^(Cmd\+)Ctrl/, '$1Control');
}
