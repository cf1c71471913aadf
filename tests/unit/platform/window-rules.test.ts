/** Closing, crashing, and places for a tray. */
import { expect, test } from 'vitest';
import { hasTrayHost } from '../../../src-main/platform/tray-host.ts';
import { UnloadQuestion } from '../../../src-main/platform/unload-question.ts';
import { backgroundColor, onWindowClose, ReloadBudget } from '../../../src-main/platform/window-rules.ts';

const context = { quitting: false, closeToTray: true, trayShown: true };

test.each<[string, NodeJS.Platform, Partial<typeof context>, 'hide' | 'close']>([
  ['macOS hides', 'darwin', { closeToTray: false, trayShown: false }, 'hide'],
  ['macOS closes when quitting', 'darwin', { quitting: true }, 'close'],
  ['Windows hides when asked to', 'win32', {}, 'hide'],
  ['Windows closes by default', 'win32', { closeToTray: false }, 'close'],
  ['Windows closes when quitting', 'win32', { quitting: true }, 'close'],
  ['Linux hides when asked to, with a tray', 'linux', {}, 'hide'],
  ['Linux never hides where there is no tray', 'linux', { trayShown: false }, 'close'],
  ['Linux closes when quitting', 'linux', { quitting: true }, 'close'],
])('%s', (_what, platform, change, expected) => {
  expect(onWindowClose({ platform, ...context, ...change })).toBe(expected);
});

test('the first colours are those of the themes', () => {
  expect([backgroundColor(true), backgroundColor(false)]).toEqual(['#16181b', '#f5f6f7']);
});

test('a page that crashes is loaded again three times a minute, no more', () => {
  const budget = new ReloadBudget();
  expect([0, 1, 2, 3, 59_999].map((at) => budget.take(at))).toEqual([true, true, true, false, false]);
  expect([60_000, 60_000].map((at) => budget.take(at))).toEqual([true, false]);
});

test('texts that are not saved: asked once, and what was wanted goes on after the person’s word', () => {
  const question = new UnloadQuestion();
  question.closing();
  expect([question.held(), question.held()]).toEqual(['close', 'asking']);
  expect(question.answered(false)).toBe(false);
  expect(question.held()).toBe('reload');
  expect(question.answered(true)).toBe(true);
  expect(question.held()).toBe('go');
  question.done();
  expect(question.held()).toBe('reload');
});

const env = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/bus' };

test.each<[string, (file: string) => Promise<string>, boolean, string[]]>([
  ['busctl says yes', async () => 'b true\n', true, ['busctl']],
  ['busctl says no', async () => 'b false\n', false, ['busctl']],
  [
    'only gdbus is there',
    async (file) => {
      if (file === 'busctl') throw new Error('ENOENT');
      return '(true,)\n';
    },
    true,
    ['busctl', 'gdbus'],
  ],
  ['nothing answers', () => Promise.reject(new Error('timeout')), false, ['busctl', 'gdbus']],
])('%s', async (_what, answer, expected, asked) => {
  const files: string[] = [];
  const run = (file: string): Promise<string> => {
    files.push(file);
    return answer(file);
  };
  expect([await hasTrayHost('linux', env, run), files]).toEqual([expected, asked]);
});

test('without a session bus nobody is asked; other systems always have a place', async () => {
  const never = (): Promise<string> => Promise.reject(new Error('asked'));
  expect(await hasTrayHost('linux', {}, never)).toBe(false);
  expect([await hasTrayHost('darwin', {}, never), await hasTrayHost('win32', {}, never)]).toEqual([
    true,
    true,
  ]);
});
