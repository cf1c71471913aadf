/** Text output at its limits: endless, huge, broken, late, and readers that are slow or fail. */
import { createHash, randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { OutputEvent } from '../../../src-shared/domain/execution.ts';
import { HeldMemoryWatch } from '../../support/held-memory.ts';
import { until } from '../../support/runner.ts';
import { never } from '../kit.ts';
import type { Assertion } from '../target.ts';
import { inShort } from './code.ts';

const megabyte = 1024 * 1024;

export const outputAssertions: readonly Assertion[] = [
  {
    name: 'Fifty megabytes arrive whole, and memory does not grow with them',
    async run(kit) {
      let bytes = 0;
      const memory = new HeldMemoryWatch();
      const sink = {
        write: async (event: { type: string; bytes?: unknown }) => {
          if (event.type === 'text' && event.bytes instanceof Uint8Array) {
            bytes += event.bytes.length;
            memory.passed(event.bytes.length);
          }
          await new Promise((resolve) => setImmediate(resolve));
        },
      };
      const request = { language: 'python' as const, code: 'for i in range(800): print("y" * 65535)' };
      const result = await kit.driver.execute(await kit.session(), request, sink, never);
      expect(result.state).toBe('succeeded');
      expect(bytes).toBe(800 * 65_536);
      expect(memory.growth).toBeLessThan(40 * megabyte);
    },
  },
  {
    name: 'A million lines arrive, each once and in order, of a cell and of a command',
    async run(kit) {
      for (const [language, code, from] of [
        ['python', 'for n in range(1_000_000): print(n)', 0],
        ['shell', 'seq 1000000', 1],
      ] as const) {
        let next = from;
        let rest = '';
        const onEvent = (event: OutputEvent) => {
          if (event.type !== 'text') return;
          const lines = (rest + Buffer.from(event.bytes).toString('latin1')).split('\n');
          rest = lines.pop() ?? '';
          for (const line of lines) {
            if (Number(line) !== next) throw new Error(`After ${next - 1} came "${line}"`);
            next += 1;
          }
        };
        expect((await kit.run(code, { language, onEvent })).result.state, language).toBe('succeeded');
        expect([next - from, rest], language).toEqual([1_000_000, '']);
      }
    },
  },
  {
    name: 'Interleaved lines of both streams come in the order in which a cell wrote them',
    async run(kit) {
      const ran = await kit.run(
        'import sys\nfor n in range(300):\n    print("out", n)\n    print("err", n, file=sys.stderr)',
      );
      const expected = Array.from({ length: 300 }, (_, n) => [
        `stdout out ${n}\n`,
        `stderr err ${n}\n`,
      ]).flat();
      expect(inShort(ran.events)).toEqual(expected);
    },
  },
  {
    name: 'Lines of a command’s two streams each come in order, and what was written later comes later',
    needs: ['shell'],
    async run(kit) {
      // Two pipes have no common order; between writes that are apart in time there is one. How far is up to the machine.
      const run = async (apart: number) =>
        (
          await kit.shell(
            `n=0; while [ $n -lt 10 ]; do echo out $n; sleep ${apart}; echo err $n >&2; sleep ${apart}; n=$((n+1)); done`,
          )
        ).events;
      const expected = Array.from({ length: 10 }, (_, n) => [
        `stdout out ${n}\n`,
        `stderr err ${n}\n`,
      ]).flat();
      const quick = inShort(await run(0.05));
      if (quick.join() === expected.join()) return;
      expect(inShort(await run(0.6))).toEqual(expected);
    },
  },
  {
    name: 'A character that is cut at any of its bytes arrives whole',
    needs: ['shell'],
    async run(kit) {
      const text = 'aß€😀é';
      const bytes = [...Buffer.from(text)].map(
        (byte) => `printf '\\${byte.toString(8).padStart(3, '0')}'; sleep 0.01`,
      );
      expect((await kit.shell(bytes.join('; '))).stdout).toBe(text);
      // From a cell: each piece of the text is written alone, and the streams are written in turn.
      const cell = `import sys\nfor c in ${JSON.stringify(text)}:\n    sys.stdout.write(c); sys.stdout.flush()\n    sys.stderr.write(c); sys.stderr.flush()`;
      const { stdout, stderr } = await kit.run(cell);
      expect([stdout, stderr]).toEqual([text, text]);
    },
  },
  {
    name: 'While the reader is behind, the code waits, and nothing is dropped',
    async run(kit) {
      const done = `done-${randomUUID()}`;
      const go = Promise.withResolvers<void>();
      let held = false;
      const running = await kit.start(
        `for i in range(600): print("z" * 65535)\nopen("${done}", "w").close()`,
        {
          onEvent: () => {
            held = true;
            return go.promise;
          },
        },
      );
      await until('the reader holds back', () => held);
      // 39 MB fit into no buffer on the way: as long as nobody reads, the cell does not come to its last line.
      for (let look = 0; look < 5; look += 1) {
        expect((await kit.shell(`test -e ${done}`)).result.exitCode).toBe(1);
      }
      go.resolve();
      expect((await running.done).stdout.length).toBe(600 * 65_536);
      expect((await kit.shell(`test -e ${done}`)).result.exitCode).toBe(0);
    },
  },
  {
    name: 'Endless output can be cancelled',
    async run(kit) {
      const running = await kit.started('while True: print("x" * 1000)');
      running.cancel();
      expect((await running.done).result.state).toBe('cancelled');
      const command = await kit.started('yes', { language: 'shell' });
      command.cancel();
      expect((await command.done).result.state).toBe('cancelled');
      expect((await kit.run('"next"')).value).toBe('next');
    },
  },
  {
    name: 'A line of a megabyte arrives whole',
    async run(kit) {
      const { stdout } = await kit.run(`print("ä" * ${megabyte / 2})`);
      expect(stdout).toBe(`${'ä'.repeat(megabyte / 2)}\n`);
    },
  },
  {
    name: 'Bytes that are no text do not harm the text around them',
    async run(kit) {
      const code =
        'import os\nprint("before", flush=True)\nos.write(1, b"\\xff\\xfe\\x80\\xc3")\nprint("\\nafter")';
      const { result, stdout } = await kit.run(code);
      expect(result.state).toBe('succeeded');
      expect(stdout.startsWith('before\n')).toBe(true);
      expect(stdout.endsWith('\nafter\n')).toBe(true);
    },
  },
  {
    name: 'A command’s bytes arrive as they are, a million of them',
    async run(kit) {
      const code =
        'import random, hashlib\ndata = bytes(random.getrandbits(8) for _ in range(1024 * 1024))\nopen("random.bin", "wb").write(data)\nprint(hashlib.sha256(data).hexdigest())';
      const { stdout: hash } = await kit.run(code);
      const { events } = await kit.shell('cat random.bin; rm random.bin');
      const bytes = Buffer.concat(events.map((e) => (e.type === 'text' ? e.bytes : Buffer.alloc(0))));
      expect(bytes.length).toBe(megabyte);
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(hash.trim());
    },
  },
  {
    name: 'A reader that fails ends its execution, and only that',
    async run(kit) {
      const work = kit.run('import time\nprint("on", flush=True)\ntime.sleep(600)', {
        onEvent: () => {
          throw new Error('the disk is full');
        },
      });
      await expect(work).rejects.toThrow('the disk is full');
      expect((await kit.run('"next"')).value).toBe('next');
    },
  },
  {
    name: 'Nothing is added to an execution that has ended, also when a thread of it prints later',
    async run(kit) {
      const done = `late-${randomUUID()}`;
      let over = false;
      let after = 0;
      const first = await kit.run(
        `import threading, time\ndef late():\n    time.sleep(0.3)\n    print("late", flush=True)\n    open("${done}", "w").close()\nthreading.Thread(target=late).start()\nprint("now")`,
        {
          onEvent: () => {
            if (over) after += 1;
          },
        },
      );
      over = true;
      expect(first.stdout).toBe('now\n');
      await kit.shell(`while ! test -e ${done}; do sleep 0.05; done`);
      expect((await kit.run('"next"')).value).toBe('next');
      expect(after).toBe(0);
      expect(first.stdout).toBe('now\n');
    },
  },
];
