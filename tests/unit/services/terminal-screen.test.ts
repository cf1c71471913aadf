/** The kept screen of a terminal: what restores it gives exactly the terminal that was there, at whatever byte it is taken. */
import { Unicode11Addon } from '@xterm/addon-unicode11/lib/addon-unicode11.mjs';
import { Terminal } from '@xterm/headless/lib-headless/xterm-headless.mjs';
import { describe, expect, test } from 'vitest';
import { type ScreenSnapshot, TerminalScreen } from '../../../src-main/services/terminal-screen.ts';

const csi = '\x1b[';

function openScreen({ cols = 20, rows = 6, scrollback = 8 } = {}) {
  const replies: string[] = [];
  const screen = new TerminalScreen({ cols, rows, scrollback, onReply: (text) => replies.push(text) });
  return { screen, replies };
}

/** A terminal as the window has it: nothing is known of it but what it was given. */
class Viewer {
  readonly terminal: Terminal;

  constructor({ cols, rows }: { cols: number; rows: number }, scrollback = 8) {
    this.terminal = new Terminal({ cols, rows, scrollback, allowProposedApi: true, logLevel: 'off' });
    this.terminal.loadAddon(new Unicode11Addon() as never);
    this.terminal.unicode.activeVersion = '11';
  }

  static async from(snapshot: ScreenSnapshot, scrollback?: number): Promise<Viewer> {
    const viewer = new Viewer(snapshot, scrollback);
    await viewer.write(snapshot.bytes);
    return viewer;
  }

  write(data: Uint8Array | string): Promise<void> {
    return new Promise((resolve) => {
      this.terminal.write(data, resolve);
    });
  }

  /** Everything there is to see, and what decides about what comes next. */
  get state(): object {
    const { buffer, modes, cols, rows } = this.terminal;
    const core = (this.terminal as unknown as { _core: Core })._core;
    const lines = (which: typeof buffer.normal) =>
      Array.from({ length: which.length }, (_, y) => {
        const line = which.getLine(y);
        const cells = Array.from({ length: cols }, (_cell, x) => {
          const cell = line?.getCell(x);
          const colors = `${cell?.getFgColorMode()}/${cell?.getFgColor()}/${cell?.getBgColorMode()}/${cell?.getBgColor()}`;
          const looks = `${cell?.isBold()}${cell?.isUnderline()}${cell?.isInverse()}${cell?.isItalic()}`;
          return `${cell?.getChars() || ' '}|${cell?.getWidth()}|${colors}|${looks}`;
        });
        // What the first kept line belonged to is gone.
        return [y > 0 && line?.isWrapped, cells.join(' ')];
      });
    const { coreService, coreMouseService, buffer: active } = core;
    return {
      size: [cols, rows],
      type: buffer.active.type,
      normal: lines(buffer.normal),
      alternate: buffer.active.type === 'alternate' ? lines(buffer.alternate) : null,
      cursor: [active.x, active.y],
      region: [active.scrollTop, active.scrollBottom],
      saved: [active.savedX, active.savedY],
      hidden: coreService.isCursorHidden,
      private: coreService.decPrivateModes,
      mouse: coreMouseService.activeEncoding,
      modes,
    };
  }
}

interface Core {
  buffer: {
    x: number;
    y: number;
    scrollTop: number;
    scrollBottom: number;
    savedX: number;
    savedY: number;
  };
  coreService: { isCursorHidden: boolean; decPrivateModes: object };
  coreMouseService: { activeEncoding: string };
}

/** What real programs print, in short. */
const samples: Record<string, string> = {
  'a shell': `\x1b]0;user@box: ~\x07${csi}01;32muser${csi}00m:${csi}34m~${csi}0m$ ls\r\n${csi}?2004l${csi}1;38;5;208mbold${csi}0m ${csi}48;2;10;20;30;4mtrue${csi}0m\r\nünïcödé 漢字 🙂 e\u0301 end\r\n${csi}?2004h$ `,
  'long lines and many of them': `${'0123456789'.repeat(5)}\r\n${Array.from({ length: 12 }, (_, n) => `line ${n}`).join('\r\n')}\r\nlast`,
  'a line that just fits': `${'x'.repeat(20)}`,
  'a progress bar': `10%\r20%\r\x1b[K100% \x1b[7mdone\x1b[0m\r\n\r\n\r\n`,
  'a full-screen program': `$ vim\r\n\x1b7${csi}?1049h${csi}?1h${csi}2J${csi}1;1H${csi}7mtop${csi}0m${csi}2;5r${csi}5;1H~\r\n~\r\n~${csi}?25l${csi}?1002h${csi}?1006h${csi}3;4Hhere${csi}4 q${csi}?2004h`,
  'and after it': `one\r\n${csi}?1049h${csi}Hin${csi}?1049ltwo${csi}6;1Hthree`,
  'boxes drawn with the other character set': `\x1b(0lqqk\r\nx\x1b(B x\x1b)0\x0emqj\x0f\r\nend`,
  'texts without an end, and images': `a\x1bPq#0;2;0;0;0~~@@vv\x1b\\b\x1b]52;c;aGVsbG8=\x07c\x1b_Gf=100;AAAA\x1b\\d\x1b]8;;https://a.example\x07link\x1b]8;;\x07`,
  'insert and origin mode, no wrapping, saved cursor': `abcdef\x1b7\r${csi}4hXY${csi}4l${csi}2;4r${csi}?6h${csi}1;1Hin region${csi}?7l${'w'.repeat(9)}\x1b8back`,
  tables: `a\tb\tc\r\nx\ty${csi}5@z${csi}2P${csi}3X${csi}1L${csi}1M`,
};

describe('a snapshot', () => {
  test.each(Object.entries(samples))('%s: after every byte it restores what was there', async (_, text) => {
    const bytes = Buffer.from(text);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const { screen } = openScreen();
      await screen.write(bytes.subarray(0, cut));
      const snapshot = screen.snapshot();
      screen.dispose();
      const restored = await Viewer.from(snapshot);
      const straight = new Viewer({ cols: 20, rows: 6 });
      await straight.write(bytes.subarray(0, cut));
      expect(restored.state, `restored at byte ${cut}`).toEqual(straight.state);
      await restored.write(bytes.subarray(cut));
      await straight.write(bytes.subarray(cut));
      expect(restored.state, `gone on from byte ${cut}`).toEqual(straight.state);
    }
  });

  test('holds no more lines than were asked for, also when that changes', async () => {
    const { screen } = openScreen({ scrollback: 100 });
    const lines = Array.from({ length: 5000 }, (_, n) => `line ${n}`).join('\r\n');
    await screen.write(Buffer.from(lines));
    const viewer = await Viewer.from(screen.snapshot(), 1000);
    expect(viewer.terminal.buffer.active.length).toBe(106);
    expect(viewer.terminal.buffer.active.getLine(105)?.translateToString(true)).toBe('line 4999');
    expect(viewer.terminal.buffer.active.getLine(0)?.translateToString(true)).toBe('line 4894');
    screen.setScrollback(10);
    const fewer = await Viewer.from(screen.snapshot(), 1000);
    expect(fewer.terminal.buffer.active.length).toBe(16);
    screen.dispose();
  });

  test('of a text without an end that is longer than all that is kept swallows the rest of it', async () => {
    for (const introducer of ['\x1b]1337;File=:', '\x1bPq', '\x1b_G']) {
      const { screen } = openScreen();
      await screen.write(Buffer.from(`before${introducer}${'A'.repeat(20_000)}`));
      const viewer = await Viewer.from(screen.snapshot());
      await viewer.write(`${'B'.repeat(100)}\x1b\\after`);
      expect(viewer.terminal.buffer.active.getLine(0)?.translateToString(true)).toBe('beforeafter');
      screen.dispose();
    }
  });

  test('has the new size after a resize, and each step in its order', async () => {
    const { screen } = openScreen();
    const order: string[] = [];
    void screen.write(Buffer.from(`${'a'.repeat(30)}\r\n`), () => order.push('shown'));
    void screen.when(() => {
      order.push(`${screen.size.cols}`);
      screen.resize({ cols: 40, rows: 4 });
    });
    await screen.when(() => order.push(`${screen.size.cols}`));
    expect(order).toEqual(['shown', '20', '40']);
    const viewer = await Viewer.from(screen.snapshot());
    expect(viewer.state).toMatchObject({ size: [40, 4] });
    expect(viewer.terminal.buffer.active.getLine(0)?.translateToString(true)).toBe('a'.repeat(30));
    screen.dispose();
  });
});

test('it answers what programs ask of a terminal', async () => {
  const { screen, replies } = openScreen();
  await screen.write(Buffer.from(`ab${csi}6n${csi}c`));
  expect(replies).toEqual([`${csi}1;3R`, `${csi}?1;2c`]);
  screen.dispose();
});

test('counts that would keep it busy for ever do what can be seen of them', async () => {
  const { screen } = openScreen();
  const huge = 2_147_483_647;
  await screen.write(
    Buffer.from(`one\r\ntwo${['I', 'Z', 'S', 'T', 'L', 'M'].map((f) => csi + huge + f).join('')}`),
  );
  await screen.write(Buffer.from(`\x9b${huge}S${csi}Hx${csi}${huge}b\r\nend`, 'latin1'));
  await screen.write(Buffer.from(`\u009b${huge}S`));
  let text = '';
  await screen.when(() => {
    text = Buffer.from(screen.snapshot().bytes).toString();
  });
  expect(text).not.toContain('two');
  // Counts within the screen are as they were.
  await screen.write(Buffer.from(`${csi}2J${csi}Ha\r\nb\r\nc${csi}2S`));
  const viewer = await Viewer.from(screen.snapshot());
  const { active } = viewer.terminal.buffer;
  expect(active.getLine(active.baseY)?.translateToString(true)).toBe('c');
  screen.dispose();
});
