/** The terminal's parts without a page: keys, pasted text, links in text, input on its way, and what is never sent. */
import { describe, expect, test } from 'vitest';
import { needsQuestion, pastedText, pastePreview } from '../../src-renderer/features/terminal/paste-text.ts';
import { TerminalInput } from '../../src-renderer/features/terminal/terminal-input.ts';
import { type KeyPress, readTerminalKey } from '../../src-renderer/features/terminal/terminal-keys.ts';
import { linksIn } from '../../src-renderer/features/terminal/terminal-text.ts';
import { type Problem, SpecboardError } from '../../src-shared/contract/errors.ts';
import { maxTerminalInput } from '../../src-shared/domain/terminal-limits.ts';

function press(written: string): KeyPress {
  const parts = written.split('+');
  const has = (name: string) => parts.slice(0, -1).includes(name);
  const key = parts.at(-1) ?? '';
  return {
    ...{
      key,
      code: '',
      ctrlKey: has('Ctrl'),
      metaKey: has('Cmd'),
      shiftKey: has('Shift'),
      altKey: has('Alt'),
    },
  };
}

describe('keys', () => {
  test.each([
    ['linux', 'Ctrl+Shift+C', 'copy'],
    ['win32', 'Ctrl+Insert', 'copy'],
    ['linux', 'Ctrl+Shift+V', 'window'],
    ['linux', 'Shift+Insert', 'window'],
    ['linux', 'Ctrl+Shift+F', 'find'],
    ['linux', 'Ctrl+Shift+T', 'new'],
    ['linux', 'Ctrl+F4', 'close'],
    ['linux', 'Shift+F6', 'window'],
    ['linux', 'Alt+Shift+F2', 'plain-text'],
    ['win32', 'Alt+F2', 'plain-text'],
    ['linux', 'Ctrl+Shift+K', 'window'],
    ['darwin', 'Cmd+c', 'copy'],
    ['darwin', 'Cmd+v', 'window'],
    ['darwin', 'Cmd+t', 'new'],
    ['darwin', 'Cmd+1', 'window'],
  ] as const)('%s: %s is the window’s: %s', (platform, keys, meaning) => {
    expect(readTerminalKey(press(keys), platform)).toBe(meaning);
  });

  test.each([
    ...['a', 'b', 'c', 'd', 'e', 'k', 'l', 'r', 'v', 'w', 'z', '1'].map((key) => ['linux', `Ctrl+${key}`]),
    ...['F6', 'F2', 'Alt+1', 'Alt+f', 'Tab', 'Shift+Tab', 'Escape', 'Shift+PageUp'].map((key) => [
      'linux',
      key,
    ]),
    ...['Ctrl+c', 'Ctrl+v', 'Alt+f', 'F6'].map((key) => ['darwin', key]),
  ])('%s: %s goes to the shell', (platform, keys) => {
    expect(readTerminalKey(press(keys ?? ''), platform ?? '')).toBe(null);
  });
});

describe('pasted text', () => {
  test('has one kind of line end, and nothing that would act as a key or end the paste', () => {
    expect(pastedText('a\r\nb\rc\td')).toBe('a\nb\nc\td');
    expect(pastedText('x\u001b[201~\u0003rm\u009b1~\u0000\u007fy')).toBe('x[201~rm1~y');
  });

  test('asks where it may run at once', () => {
    expect(needsQuestion('ls', false)).toBe(false);
    expect(needsQuestion('ls\n', false)).toBe(true);
    expect(needsQuestion('a\nb', true)).toBe(false);
  });

  test('is shown with its first lines', () => {
    const text = `${Array.from({ length: 8 }, (_, n) => `line ${n}`).join('\n')}\n`;
    expect(pastePreview(text)).toEqual({
      lines: ['line 0', 'line 1', 'line 2', 'line 3', 'line 4'],
      count: 8,
      more: 3,
    });
    expect(pastePreview('x'.repeat(500)).lines[0]).toHaveLength(120);
  });
});

test('links in text: https only, without what follows them, each once', () => {
  const text =
    'see https://a.example/x(y)?q=1#z), https://b.example. "https://c.example" <https://d.example/> https://a.example/x(y)?q=1#z http://no.example javascript:https ftp://no';
  expect(linksIn(text)).toEqual([
    'https://a.example/x(y)?q=1#z',
    'https://b.example',
    'https://c.example',
    'https://d.example/',
  ]);
});

describe('input', () => {
  const decoder = new TextDecoder();
  function open(send?: (bytes: Uint8Array) => Promise<unknown>) {
    const sent: Uint8Array[] = [];
    const lost: ('too-much' | Problem)[] = [];
    const input = new TerminalInput({
      send: async (bytes) => {
        sent.push(bytes);
        await send?.(bytes);
      },
      onLost: (why) => lost.push(why),
    });
    const text = () => decoder.decode(Buffer.concat(sent));
    return { input, sent, lost, text };
  }
  const settle = () => new Promise((resolve) => setImmediate(resolve));

  test('a long text goes in pieces that fit, in order; keys after it come after it', async () => {
    const { input, sent, text } = open(() => settle());
    const long = 'äbc'.repeat(20_000);
    input.text(long);
    input.text('!');
    input.text('?');
    for (let turn = 0; turn < 20; turn += 1) await settle();
    expect(text()).toBe(`${long}!?`);
    expect(Math.max(...sent.map(({ length }) => length))).toBeLessThanOrEqual(maxTerminalInput);
  });

  test('what does not get through is lost, said once, and never sent later', async () => {
    let fails = true;
    const { input, lost, text } = open(async () => {
      await settle();
      if (fails) throw new SpecboardError('gone', 'This terminal has ended.');
    });
    for (let n = 0; n < 100; n += 1) input.text(`key ${n} `);
    for (let turn = 0; turn < 10; turn += 1) await settle();
    expect(lost).toHaveLength(1);
    expect(lost[0]).toMatchObject({ code: 'gone' });
    fails = false;
    const before = text();
    input.text('fresh');
    for (let turn = 0; turn < 10; turn += 1) await settle();
    expect(text().slice(before.length)).toBe('fresh');
    expect(lost).toHaveLength(1);
  });

  test('more than may wait is refused as a whole', () => {
    const { input, sent, lost } = open();
    input.bytes(new Uint8Array(5_000_000));
    expect(lost).toEqual(['too-much']);
    expect(sent).toEqual([]);
  });
});
