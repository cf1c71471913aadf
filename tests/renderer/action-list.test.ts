/** One list of actions: keys, palette and words know all of them. Pure: no page. */
import { describe, expect, test } from 'vitest';
import { type KeyPress, keysOfPress } from '../../src-renderer/app/action-list/event-keys.ts';
import { find, pieces } from '../../src-renderer/features/palette/fuzzy.ts';
import {
  actionItems,
  hiddenItems,
  placeItems,
  recentItems,
  withRecent,
} from '../../src-renderer/features/palette/palette-items.ts';
import {
  findSettings,
  settingEntries,
  settingsElsewhere,
} from '../../src-renderer/features/settings/entries.tsx';
import { actionTitles } from '../../src-renderer/messages/actions.ts';
import { settingsSections } from '../../src-renderer/stores/ui-store.ts';
import { shortcut } from '../../src-renderer/ui/shortcut.ts';
import { actionFacts, actionIds } from '../../src-shared/domain/action.ts';
import { settingsSchema } from '../../src-shared/domain/settings.ts';
import { keysOf } from '../../src-shared/domain/shortcuts.ts';
import { cloud, local } from '../unit/platform/support/drivers.ts';
import { execution, profile, session, status, uuid } from '../unit/platform/support/statuses.ts';

const press = (key: string, code: string, modifiers: Partial<KeyPress> = {}): KeyPress => ({
  ...{ key, code, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false },
  ...modifiers,
});
const ctrl = { ctrlKey: true };

test.each<[string, KeyPress, 'mac' | 'linux', string[]]>([
  ['a letter', press('k', 'KeyK', ctrl), 'linux', ['Mod+K']],
  ['a letter with Shift', press('K', 'KeyK', { ...ctrl, shiftKey: true }), 'linux', ['Mod+Shift+K']],
  ['Cmd on macOS', press('k', 'KeyK', { metaKey: true }), 'mac', ['Mod+K']],
  ['Ctrl on macOS is another key', press('k', 'KeyK', ctrl), 'mac', ['Ctrl+K']],
  ['the letter that is printed, on a French keyboard', press('a', 'KeyQ', ctrl), 'linux', ['Mod+A']],
  ['a letter of another script, by position', press('л', 'KeyK', ctrl), 'linux', ['Mod+K']],
  ['Option types something else', press('∆', 'KeyJ', { altKey: true }), 'mac', ['Alt+J']],
  [
    'a digit with Shift',
    press('!', 'Digit1', { ...ctrl, shiftKey: true }),
    'linux',
    ['Mod+Shift+1', 'Mod+!'],
  ],
  [
    'a slash that needs Shift',
    press('/', 'Digit7', { ...ctrl, shiftKey: true }),
    'linux',
    ['Mod+Shift+7', 'Mod+/'],
  ],
  ['Enter', press('Enter', 'Enter', ctrl), 'linux', ['Mod+Enter']],
  ['a function key', press('F6', 'F6', { shiftKey: true }), 'linux', ['Shift+F6']],
  ['a modifier alone', press('Control', 'ControlLeft', ctrl), 'linux', []],
  ['AltGr', press('@', 'KeyQ', { ...ctrl, altKey: true, getModifierState: () => true }), 'linux', []],
  ['the Windows key', press('k', 'KeyK', { metaKey: true }), 'linux', []],
])('%s', (_what, pressed, system, expected) => {
  expect(keysOfPress(pressed, system)).toEqual(expected);
});

test('keys as each system writes them', () => {
  expect(shortcut('darwin', 'Mod+Ctrl+Shift+Enter')).toBe('⌃⇧⌘⏎');
  expect(shortcut('linux', 'Mod+Shift+Enter')).toBe('Ctrl+Shift+Enter');
});

describe('the palette', () => {
  const all = status({
    profiles: [profile(1), profile(2, { name: 'Work' })],
    sessions: [session(1, { driverType: 'e2b', endsAt: 1 }), session(2, { status: 'error' })],
    executions: [execution(1)],
  });
  const facts = actionFacts(all, [local, cloud], { profileId: null, sessionId: uuid(101), tab: 'run' });

  test('has every action that makes sense, with its words and keys; nothing twice', () => {
    const items = actionItems(facts, 'linux', { run: 'Mod+J' });
    const ids = items.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    // What is not there makes no sense in this state, or is the palette itself.
    const missing = actionIds.filter((id) => !ids.includes(id));
    expect(missing.filter((id) => !/^use-profile-/.test(id))).toEqual([
      'reconnect-now',
      'reattach',
      'end-sandbox',
      'dismiss-session',
      'sync-unwatch',
      'sync-stop',
      'palette',
      'unlock-keyring',
    ]);
    expect(items.find(({ id }) => id === 'run')?.keys).toBe('Mod+J');
    for (const { id, title, keys } of items) {
      expect(title.trim(), id).not.toBe('');
      if (id !== 'run') expect(keys, id).toBe(keysOf(id as 'run', 'linux', {}));
    }
    expect(items.find(({ id }) => id === 'use-profile-2')?.title).toBe('Make “Work” the default profile');
    expect(items.find(({ id }) => id === 'connect')).toMatchObject({ why: 'Already connected' });
  });

  test('has sessions, live ones first, profiles, new profiles and sections of the settings', () => {
    const titles = placeItems(facts, [local, cloud], ({ status: state }) => state).map(({ title }) => title);
    expect(titles).toEqual(['profile 1: active', 'profile 1: error', 'profile 1', 'Work']);
    const hidden = hiddenItems([local, cloud]).map(({ id }) => id);
    expect(hidden).toEqual(['new:local', 'new:e2b', ...settingsSections.map((id) => `settings:${id}`)]);
  });

  test('what was used recently comes first, once', () => {
    const recent = withRecent(withRecent(['run'], 'connect'), 'run');
    expect(recent).toEqual(['run', 'connect']);
    expect(recentItems(actionItems(facts, 'linux', {}), [...recent, 'gone']).map(({ id }) => id)).toEqual(
      recent,
    );
  });
});

describe('finding', () => {
  const items = Object.entries(actionTitles).map(([id, title]) => ({ id, title }));
  const found = (query: string) => find(items, query).map(({ item }) => item.id);

  test.each([
    ['theme dark', 'theme-dark'],
    ['dark theme', 'theme-dark'],
    ['THEME: DA', 'theme-dark'],
    ['ns', 'new-session'],
    ['new prof', 'new-profile'],
    ['sidebar', 'toggle-sidebar'],
  ])('%s', (query, first) => {
    expect(found(query)[0]).toBe(first);
  });

  test('every word must be there; an empty question finds everything in its order', () => {
    expect(found('theme xyz')).toEqual([]);
    expect(found('  ')).toEqual(items.map(({ id }) => id));
  });

  test('letters are marked where they are, accents or not, and pieces make the text again', () => {
    const [one] = find([{ title: 'Größe: öffnen' }], 'off gro');
    expect(one?.marks).toEqual([
      [0, 3],
      [7, 10],
    ]);
    const drawn = pieces('Größe: öffnen', one?.marks ?? []);
    expect(drawn.filter(({ marked }) => marked).map(({ text }) => text)).toEqual(['Grö', 'öff']);
    expect(drawn.map(({ text }) => text).join('')).toBe('Größe: öffnen');
  });

  test('other words find it, too, after those that are called so', () => {
    const things = [{ title: 'History', words: 'delete' }, { title: 'Delete the profile' }];
    expect(find(things, 'del').map(({ item }) => item.title)).toEqual(['Delete the profile', 'History']);
  });
});

test('every setting has a control, or a place of its own', () => {
  const keys = Object.keys(settingsSchema.shape);
  const shown = [...settingEntries.map(({ key }) => key), ...settingsElsewhere];
  expect(shown.toSorted()).toEqual(keys.toSorted());
  for (const { sections } of settingEntries)
    for (const section of sections) expect(settingsSections).toContain(section);
  expect(findSettings('font').map(({ key }) => key)).toEqual([
    'fontSize',
    'codeFontSize',
    'terminalFontSize',
  ]);
  expect(findSettings('blinks')).toHaveLength(1);
});
