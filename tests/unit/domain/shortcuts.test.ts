/** Keys: unique, none that types characters, none that a shell needs, and what a person may choose. */
import { describe, expect, test } from 'vitest';
import { actionIds } from '../../../src-shared/domain/action.ts';
import { settingsSchema } from '../../../src-shared/domain/settings.ts';
import {
  acceleratorOf,
  belongsToShell,
  isUsable,
  keySystem,
  keysOf,
  ownerOf,
  terminalKeysOf,
  usualKeys,
} from '../../../src-shared/domain/shortcuts.ts';

describe.each(['mac', 'windows', 'linux'] as const)('on %s', (system) => {
  const all = actionIds.flatMap((id) => usualKeys(id, system) ?? []);

  test('the usual keys are unique, free, usable, and never AltGr', () => {
    expect(new Set(all).size).toBe(all.length);
    for (const id of actionIds) {
      const keys = usualKeys(id, system);
      if (keys === null) continue;
      expect(ownerOf(keys, id, system, {}), keys).toBeNull();
      expect(isUsable(keys, system), keys).toBe(true);
      if (system !== 'mac') expect(keys).not.toMatch(/Mod.*Alt|Alt.*Mod/);
    }
  });

  test('in a terminal, the shell keeps its keys; they are unique there, too', () => {
    const inTerminal = actionIds.flatMap((id) => terminalKeysOf(id, system, {}) ?? []);
    expect(new Set(inTerminal).size).toBe(inTerminal.length);
    for (const keys of inTerminal) expect(belongsToShell(keys, system), keys).toBe(false);
    // There is always a way out, and a way to cancel.
    expect(terminalKeysOf('previous-region', system, {})).toBe('Shift+F6');
    expect(terminalKeysOf('cancel', system, {})).toBe('Mod+.');
    expect(terminalKeysOf('palette', system, {})).toBe(system === 'mac' ? 'Mod+K' : 'Mod+Shift+K');
    for (const id of ['next-region', 'run'] as const) expect(terminalKeysOf(id, system, {})).toBeNull();
    if (system === 'mac') return;
    for (const id of ['rerun-last', 'clear-view', 'toggle-sidebar', 'new-session', 'show-run'] as const) {
      expect(terminalKeysOf(id, system, {}), id).toBeNull();
    }
  });

  test('chosen keys win, an empty text takes them away, and what is taken says by whom', () => {
    const chosen = { run: 'Mod+Shift+X', settings: '' };
    expect(keysOf('run', system, chosen)).toBe('Mod+Shift+X');
    expect(keysOf('settings', system, chosen)).toBeNull();
    expect(ownerOf('Mod+Shift+X', 'cancel', system, chosen)).toBe('run');
    expect(ownerOf('Mod+Shift+X', 'run', system, chosen)).toBeNull();
    expect(ownerOf('Mod+,', 'cancel', system, chosen)).toBeNull();
    expect(ownerOf('Mod+Enter', 'cancel', system, chosen)).toBeNull();
    expect(ownerOf('Mod+C', 'cancel', system, chosen)).toBe('reserved');
    // A chosen key works in a terminal where the shell has no use for it.
    expect(terminalKeysOf('run', system, chosen)).toBe('Mod+Shift+X');
    expect(terminalKeysOf('run', system, { run: 'Alt+X' })).toBeNull();
    expect(settingsSchema.parse({ shortcuts: chosen }).shortcuts).toEqual(chosen);
  });
});

test.each([
  ['K', false],
  ['Shift+K', false],
  ['Mod', false],
  ['Mod+K', true],
  ['Mod++', true],
  ['Alt+1', true],
  ['F8', true],
  ['Mod+Alt+K', false],
])('%s may be chosen: %s', (keys, expected) => {
  expect(isUsable(keys, 'linux')).toBe(expected);
});

test('as Electron writes them', () => {
  expect(acceleratorOf('Mod+Shift+K', 'linux')).toBe('Ctrl+Shift+K');
  expect(acceleratorOf('Mod+Ctrl+1', 'mac')).toBe('Cmd+Control+1');
  expect(acceleratorOf('Mod++', 'windows')).toBe('Ctrl+Plus');
  expect(acceleratorOf(null, 'mac')).toBeUndefined();
  expect(['darwin', 'win32', 'freebsd'].map(keySystem)).toEqual(['mac', 'windows', 'linux']);
});
