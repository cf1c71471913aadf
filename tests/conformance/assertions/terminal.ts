/** The terminal: a shell with a real terminal around it. Held to by whoever declares one. */
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { DriverSession, DriverTerminal, TerminalSize } from '../../../src-main/drivers/driver.ts';
import { until } from '../../support/runner.ts';
import { type ConformanceKit, never, problemOf } from '../kit.ts';
import type { Assertion } from '../target.ts';

const needs = ['terminal'] as const;

/** A terminal whose output is read all the time. Whoever opens one closes it. */
class Screen {
  readonly terminal: DriverTerminal;
  readonly #chunks: Uint8Array[] = [];
  /** Resolves when the output has ended. */
  readonly drained: Promise<void>;

  constructor(terminal: DriverTerminal) {
    this.terminal = terminal;
    this.drained = this.#read();
  }

  /** Everything so far as text, without the control sequences of prompts. */
  get text(): string {
    const text = Buffer.concat(this.#chunks).toString('utf8');
    return text.replace(
      /\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][A-Z0-9]|[=>78])/g,
      '',
    );
  }

  async type(text: string): Promise<void> {
    await this.terminal.write(Buffer.from(text));
  }

  /** Waits until the output after `from` matches. */
  async see(what: RegExp, from = 0): Promise<RegExpExecArray> {
    return until(`${what} in ${JSON.stringify(this.text.slice(from, from + 500))}`, () =>
      what.exec(this.text.slice(from)),
    );
  }

  /** Types a command and waits for a line that it prints; gives the first group. */
  async ask(command: string, answer: RegExp): Promise<string> {
    const from = this.text.length;
    await this.type(`${command}\r`);
    return (await this.see(answer, from))[1] ?? '';
  }

  async #read(): Promise<void> {
    for await (const bytes of this.terminal.output) this.#chunks.push(bytes);
  }
}

const usual: TerminalSize = { cols: 100, rows: 30 };

async function open(
  kit: ConformanceKit,
  options: { session?: DriverSession; size?: TerminalSize; cwd?: string } = {},
): Promise<Screen> {
  const { session = await kit.session(), size = usual, cwd } = options;
  const opened = kit.driver.openTerminal?.(session, size, cwd === undefined ? {} : { cwd }, never);
  if (!opened) throw new Error('openTerminal is missing');
  return new Screen(await opened);
}

/** Opens one for the work, and closes it whatever happens. */
async function inTerminal(
  kit: ConformanceKit,
  work: (screen: Screen) => Promise<void>,
  options: Parameters<typeof open>[1] = {},
): Promise<void> {
  const screen = await open(kit, options);
  try {
    await work(screen);
  } finally {
    await screen.terminal.close();
  }
}

export const terminalAssertions: readonly Assertion[] = [
  {
    name: 'What is typed is echoed, and what programs print comes back, any script',
    needs,
    run: (kit) =>
      inTerminal(kit, async (screen) => {
        await screen.type('echo "sum=$((40 + 2))" häß€😀\r');
        await screen.see(/echo "sum=/);
        await screen.see(/sum=42 häß€😀/);
      }),
  },
  {
    name: 'Programs see a terminal of the size that was asked for, and see when it changes',
    needs,
    run: (kit) =>
      inTerminal(
        kit,
        async (screen) => {
          expect(await screen.ask('test -t 0 && test -t 1 && stty size', /^(\d+ \d+)\r?$/m)).toBe('33 117');
          await screen.terminal.resize({ cols: 71, rows: 19 });
          // The terminal learns of it before what is typed afterwards.
          expect(await screen.ask('stty size', /^(\d+ \d+)\r?$/m)).toBe('19 71');
          expect(await screen.ask('echo "TERM is <$TERM>"', /^TERM is <(.*)>\r?$/m)).toMatch(/xterm|screen/);
        },
        { size: { cols: 117, rows: 33 } },
      ),
  },
  {
    name: 'A program that runs hears of a new size',
    needs,
    run: (kit) =>
      inTerminal(kit, async (screen) => {
        const from = screen.text.length;
        const code = `trap 'echo "now $(stty size)"; exit' WINCH; echo rea""dy; while :; do sleep 0.05; done`;
        await screen.type(`sh -c ${quoted(code)}\r`);
        await screen.see(/^ready\r?$/m, from);
        await screen.terminal.resize({ cols: 90, rows: 20 });
        await screen.see(/^now 20 90\r?$/m, from);
      }),
  },
  {
    name: 'Ctrl-C ends the program in front and not the shell; Ctrl-D ends the shell',
    needs,
    run: (kit) =>
      inTerminal(kit, async (screen) => {
        await screen.ask('echo rea""dy; sleep 1000', /^(ready)\r?$/m);
        const from = screen.text.length;
        await screen.type('\x03');
        // The shell throws away what was typed before it is back.
        await screen.see(/\^C\s[\s\S]*\S/, from);
        expect(await screen.ask('echo "code=$?"', /^code=(\d+)\r?$/m)).toBe('130');
        await screen.type('\x04');
        expect(await screen.terminal.ended).toEqual({ exitCode: 0 });
      }),
  },
  {
    name: 'The terminal ends with the shell, tells its exit code, and hands over all output before',
    needs,
    run: (kit) =>
      inTerminal(kit, async (screen) => {
        await screen.see(/\S/);
        await screen.type('seq 1 5000; echo "the ""end"; exit 7\r');
        expect(await screen.terminal.ended).toEqual({ exitCode: 7 });
        await screen.drained;
        expect(screen.text).toMatch(/^5000\r?\nthe end\r?$/m);
        expect((await problemOf(screen.terminal.write(Buffer.from('x')))).code).toBe('gone');
        await screen.terminal.close();
      }),
  },
  {
    name: 'A megabyte at once arrives without loss and in order',
    needs,
    run: (kit) =>
      inTerminal(kit, async (screen) => {
        await screen.see(/\S/);
        const count = 160_000; // 6.5 bytes a line and a carriage return
        await screen.type(`stty -onlcr; seq 100000 ${99_999 + count}; echo "the ""end"\r`);
        await screen.see(/^the end\r?$/m);
        const start = screen.text.indexOf('100000\n');
        const expected = Array.from({ length: count }, (_, index) => `${100_000 + index}\n`).join('');
        expect(expected.length).toBeGreaterThan(1_048_576);
        expect(screen.text.slice(start, start + expected.length) === expected).toBe(true);
      }),
  },
  {
    name: 'A megabyte that is pasted arrives without loss, and bytes as they are',
    needs,
    run: (kit) =>
      inTerminal(kit, async (screen) => {
        await screen.see(/\S/);
        const from = screen.text.length;
        // Lines, because a terminal takes them one by one and holds no more than 4096 bytes of one.
        await screen.type('stty -echo; echo go""ing; head -c 1048576 | cksum; stty echo\r');
        await screen.see(/^going\r?$/m, from);
        const pasted = Buffer.from(`${'abcdefg'.repeat(9)}\n`.repeat(16_384));
        await screen.terminal.write(pasted);
        expect((await screen.see(/^(\d+) 1048576\r?$/m, from))[1]).toBe(String(cksum(pasted)));
      }),
  },
  {
    name: 'A reader that is slow holds the program back, and loses nothing',
    needs,
    async run(kit) {
      const opened = kit.driver.openTerminal?.(await kit.session(), usual, {}, never);
      if (!opened) throw new Error('openTerminal is missing');
      const terminal = await opened;
      try {
        await terminal.write(Buffer.from('stty -onlcr; seq 1 2000000; echo "the ""end"; exit\r'));
        let text = '';
        let turn = 0;
        for await (const bytes of terminal.output) {
          // Only the end is kept: what matters of the rest is that each number follows the one before.
          text = text.slice(-200) + Buffer.from(bytes).toString('latin1');
          turn += 1;
          if (turn % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
        }
        expect(text).toMatch(/1999999\n2000000\nthe end\r?\n/);
      } finally {
        await terminal.close();
      }
    },
  },
  {
    name: 'Closing ends the shell and all it started, at once and as often as it is asked',
    needs,
    async run(kit) {
      const screen = await open(kit);
      const own = await screen.ask('sleep 1000 & echo "pid=$!"', /^pid=(\d+)\r?$/m);
      const hidden = await screen.ask(
        `setsid sh -c 'trap "" HUP INT TERM; echo $$ > hidden-terminal.pid; sleep 1000; sleep 1000' & while ! test -s hidden-terminal.pid; do sleep 0.05; done; echo "hidden=$(cat hidden-terminal.pid)"`,
        /^hidden=(\d+)\r?$/m,
      );
      await Promise.all([screen.terminal.close(), screen.terminal.close()]);
      const end = await screen.terminal.ended;
      expect(end.exitCode === null || end.exitCode > 0).toBe(true);
      await screen.drained;
      for (const pid of [own, hidden]) {
        const state = `case "$(ps -o stat= -p ${pid})" in ''|Z*) ;; *) echo alive ;; esac`;
        await until(`${pid} has ended`, async () => (await kit.shell(state)).stdout === '');
      }
    },
  },
  {
    name: 'Terminals, cells and commands share files and do not disturb each other',
    needs,
    async run(kit) {
      const [one, two] = [await open(kit), await open(kit)];
      try {
        await one.ask('mine=1; echo from-terminal > of-terminal.txt; echo do""ne', /^(done)\r?$/m);
        expect(await two.ask('echo "<$mine>"', /^<(.*)>\r?$/m)).toBe('');
        expect((await kit.run('open("of-terminal.txt").read()')).value).toBe('from-terminal\\n');
        expect((await kit.shell('cat of-terminal.txt')).stdout).toBe('from-terminal\n');
        const before = one.text.length;
        await kit.run('print("of the cell")');
        await two.ask('echo "se""cond"', /^(second)\r?$/m);
        expect(one.text.slice(before)).not.toMatch(/of the cell|second/);
      } finally {
        await Promise.all([one.terminal.close(), two.terminal.close()]);
      }
    },
  },
  {
    name: 'It starts in the folder that is asked for, with the variables of the profile and without the secrets of this computer',
    needs,
    async run(kit) {
      await kit.run('import os\nos.makedirs("start here", exist_ok=True)');
      const here = (await kit.shell('pwd -P')).stdout.trim();
      await inTerminal(kit, async (screen) => {
        expect(await screen.ask('echo "at <$(pwd -P)>"', /^at <(.*)>\r?$/m)).toBe(here);
        expect(await screen.ask('echo "has <$OF_THE_PROFILE>"', /^has <(.*)>\r?$/m)).toBe("it's set");
        const from = screen.text.length;
        await screen.type('env; echo "the ""end"\r');
        await screen.see(/^the end\r?$/m, from);
        expect(screen.text).not.toContain(kit.target.hostSecret);
      });
      await inTerminal(
        kit,
        async (screen) => {
          expect(await screen.ask('echo "at <$(pwd -P)>"', /^at <(.*)>\r?$/m)).toBe(`${here}/start here`);
        },
        { cwd: 'start here' },
      );
    },
  },
  {
    name: 'The end of the session ends its terminals, with a reason',
    needs,
    async run(kit) {
      const session = await kit.connect();
      const screen = await open(kit, { session });
      await screen.ask('echo rea""dy; sleep 1000', /^(ready)\r?$/m);
      expect(await kit.end(session)).toEqual([]);
      const end = await screen.terminal.ended;
      expect(end.exitCode).toBe(null);
      expect(end.reason ?? '').not.toBe('');
      await screen.drained;
      const late = kit.driver.openTerminal?.(session, usual, {}, never);
      expect((await problemOf(late ?? Promise.resolve())).code).toBe('gone');
    },
  },
  {
    name: 'A terminal in a sandbox that dies ends, with a reason',
    needs: ['terminal', 'breakable'],
    async run(kit) {
      const session = await kit.connect();
      const screen = await open(kit, { session });
      await screen.ask('echo rea""dy', /^(ready)\r?$/m);
      await kit.target.breakSandbox?.(session);
      const end = await screen.terminal.ended;
      expect(end.exitCode).toBe(null);
      expect(end.reason ?? '').not.toBe('');
      await screen.drained;
      expect(await kit.end(session)).toEqual([]);
    },
  },
  {
    name: 'A terminal whose connection is cut goes on or ends with a reason, and another can be opened',
    needs: ['terminal', 'linked'],
    async run(kit) {
      const session = await kit.connect();
      const screen = await open(kit, { session });
      await screen.ask('echo rea""dy', /^(ready)\r?$/m);
      const link = await kit.target.cut?.('break');
      await link?.restore();
      let ended = false;
      void screen.terminal.ended.then(() => {
        ended = true;
      });
      const from = screen.text.length;
      await until('it answers or has ended', async () => {
        if (ended) return true;
        await screen.type('echo "still ""here"\r').catch(() => {});
        return /^still here\r?$/m.test(screen.text.slice(from));
      });
      if (ended) expect((await screen.terminal.ended).reason ?? '').not.toBe('');
      await screen.terminal.close();
      await inTerminal(kit, async (next) => void (await next.ask('echo n""ew', /^(new)\r?$/m)), { session });
      expect(await kit.end(session)).toEqual([]);
    },
  },
  {
    name: 'Cancelling the opening of a terminal leaves none behind',
    needs,
    async run(kit) {
      const session = await kit.session();
      const cwd = `terminal-${randomUUID()}`;
      await kit.shell(`mkdir ${cwd}`);
      const start = (signal: AbortSignal) =>
        kit.driver.openTerminal?.(session, usual, { cwd }, signal) ?? Promise.reject(new Error('missing'));
      expect((await problemOf(start(AbortSignal.abort()))).code).toBe('cancelled');
      const controller = new AbortController();
      const opening = start(controller.signal);
      controller.abort();
      // Too late is possible: then it is open, and closed as any other.
      await (await opening.catch(() => null))?.close();
      const there = `ls -l /proc/[0-9]*/cwd 2>/dev/null | grep -c ${cwd}; true`;
      await until('no process of it is left', async () => (await kit.shell(there)).stdout === '0\n');
    },
  },
];

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** What the POSIX program `cksum` says of bytes. */
function cksum(bytes: Uint8Array): number {
  let sum = 0;
  const add = (byte: number) => {
    sum ^= byte << 24;
    for (let bit = 0; bit < 8; bit += 1) sum = sum & 0x80000000 ? (sum << 1) ^ 0x04c11db7 : sum << 1;
  };
  for (const byte of bytes) add(byte);
  for (let length = bytes.length; length > 0; length = Math.floor(length / 256)) add(length & 0xff);
  return ~sum >>> 0;
}
