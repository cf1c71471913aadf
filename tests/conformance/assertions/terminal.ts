/** The terminal: a shell with a real terminal around it. Held to by whoever declares one. */
import { expect } from 'vitest';
import { never, problemOf } from '../kit.ts';
import type { Assertion } from '../target.ts';
import { inTerminal, needs, open, usual } from './terminal-screen.ts';

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
        // The program in front says it itself: between two of its programs, a shell may take an interrupt for nobody's.
        await screen.ask(`sh -c 'echo rea""dy; exec sleep 1000'`, /^(ready)\r?$/m);
        const from = screen.text.length;
        await screen.type('\x03');
        // The shell throws away what was typed before it is back.
        await screen.see(/\^C\s[\s\S]*\S/, from);
        expect(await screen.ask('echo "code=$?"', /^code=(\d+)\r?$/m)).toBe('130');
        // An end of input that is typed before the shell reads again gets lost, as in any terminal.
        await screen.see(/code=130\r?\n[\s\S]*\S/, from);
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
