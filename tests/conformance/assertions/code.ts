/** Python cells: variables, values, output, errors. */
import { expect } from 'vitest';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { OutputEvent } from '../../../src-shared/domain/execution.ts';
import { until } from '../../support/runner.ts';
import type { Assertion } from '../target.ts';

/** Events in short, text of one stream joined: `stdout a`, `display 1`, `result 2`. */
export function inShort(events: readonly OutputEvent[]): string[] {
  const short: string[] = [];
  for (const event of events) {
    if (event.type === 'text') {
      const text = Buffer.from(event.bytes).toString();
      const last = short.at(-1);
      if (last?.startsWith(`${event.stream} `)) short[short.length - 1] = last + text;
      else short.push(`${event.stream} ${text}`);
    } else if (event.type === 'rich') short.push(`${event.role} ${String(event.data['text/plain'])}`);
    else short.push(event.type);
  }
  return short;
}

export const codeAssertions: readonly Assertion[] = [
  {
    name: 'Variables, imports and functions stay from cell to cell',
    async run(kit) {
      await kit.run('import math as m\nx = 41\ndef f(n): return n + x');
      expect((await kit.run('f(1), m.floor(2.5)')).value).toBe('(42, 2)');
    },
  },
  {
    name: 'The last expression is the value; None and a semicolon show nothing',
    async run(kit) {
      expect((await kit.run('1\n2')).value).toBe('2');
      for (const code of ['x = 1', 'None', '1;', '', '# nothing']) {
        const ran = await kit.run(code);
        expect(ran.result.state, code).toBe('succeeded');
        expect(ran.events, code).toEqual([]);
      }
      expect((await kit.run('40 + 1\n_ + 1')).value).not.toBe(undefined);
    },
  },
  {
    name: 'Printed text, displayed objects and the value come in the order of the code',
    async run(kit) {
      const ran = await kit.run(
        'import sys\nprint("a")\ndisplay(1)\nprint("b", file=sys.stderr)\ndisplay(2)\nprint("c")\n3',
      );
      expect(inShort(ran.events)).toEqual([
        'stdout a\n',
        'display 1',
        'stderr b\n',
        'display 2',
        'stdout c\n',
        'result 3',
      ]);
    },
  },
  {
    name: 'Output comes while the code still runs, also without a newline',
    async run(kit) {
      const running = await kit.start('import time\nprint("50 %", end="\\r", flush=True)\ntime.sleep(600)');
      await until('the output', () => running.sink.text('stdout') === '50 %\r');
      running.cancel();
      expect((await running.done).result.state).toBe('cancelled');
    },
  },
  {
    name: 'Text arrives as it was written: any script, cut anywhere, ANSI colours, carriage returns, NUL',
    async run(kit) {
      const text = 'häß€😀\u0000\u001b[31mred\u001b[0m\r\u2028';
      const code = `import sys\nfor n in range(2000): sys.stdout.write(${JSON.stringify(text)})`;
      expect((await kit.run(code)).stdout).toBe(text.repeat(2000));
    },
  },
  {
    name: 'Ten megabytes arrive whole, and a slow reader loses nothing',
    async run(kit) {
      let size = 0;
      let pauses = 0;
      const ran = await kit.run('for n in range(100000): print("%099d" % n)', {
        onEvent(event) {
          if (event.type === 'text') size += event.bytes.length;
          pauses += 1;
          if (pauses % 20 === 0) return new Promise((resolve) => setTimeout(resolve, 5));
        },
      });
      expect(ran.result.state).toBe('succeeded');
      expect(size).toBe(10_000_000);
      const lines = ran.stdout.split('\n');
      expect(lines).toHaveLength(100_001);
      for (const [index, line] of lines.slice(0, -1).entries()) {
        if (Number(line) !== index) throw new Error(`Line ${index} says ${line}`);
      }
    },
  },
  {
    name: 'What child processes print is there, too',
    async run(kit) {
      const code =
        'import subprocess, sys\nprint("before", flush=True)\nsubprocess.run([sys.executable, "-c", "print(\'inside\')"])\nprint("after")';
      // Where Python runs in a notebook server the text of children does not reach it: then it is captured by the code.
      const caught = await kit.run(
        `${code}\nr = subprocess.run(["echo", "caught"], capture_output=True, text=True).stdout`,
      );
      expect(caught.stdout).toContain('before\n');
      expect(caught.stdout).toContain('after\n');
      expect((await kit.run('r')).value).toBe('caught\\n');
    },
  },
  {
    name: 'An error has its name, its message, its line, and a traceback of the person’s own code',
    async run(kit) {
      const ran = await kit.run('def f():\n    return 1 / 0\n\nprint("before")\nf()');
      expect(ran.result).toMatchObject({
        state: 'failed',
        error: { name: 'ZeroDivisionError', value: 'division by zero', line: 2 },
      });
      const traceback = ran.result.error?.traceback ?? '';
      expect(traceback).toContain('1 / 0');
      expect(traceback.trim().split('\n').at(-1)).toBe('ZeroDivisionError: division by zero');
      expect(traceback).not.toMatch(/runner\.py|ipykernel|worker\.py|site-packages/);
      expect(ran.stdout).toBe('before\n');
    },
  },
  {
    name: 'The error is the last of the output, so that a reader of the output sees it',
    async run(kit) {
      const ran = await kit.run('print("before")\n1 / 0');
      expect(ran.events.at(-1)).toEqual({ type: 'error', error: ran.result.error });
      expect(ran.events.filter((event) => event.type === 'error')).toHaveLength(1);
    },
  },
  {
    name: 'A syntax error names its line, and nothing of the cell has run',
    async run(kit) {
      const ran = await kit.run('print("no")\nx = = 1');
      expect(ran.result).toMatchObject({ state: 'failed', error: { name: 'SyntaxError', line: 2 } });
      expect(ran.stdout).toBe('');
    },
  },
  {
    name: 'Errors that follow from another show both; endless recursion is an error like any other',
    async run(kit) {
      const chained = await kit.run(
        'try:\n    {}["missing"]\nexcept KeyError as e:\n    raise ValueError("outer") from e',
      );
      expect(chained.result.error).toMatchObject({ name: 'ValueError', value: 'outer' });
      expect(chained.result.error?.traceback).toContain('KeyError');
      expect((await kit.run('def f(): f()\nf()')).result.error?.name).toBe('RecursionError');
      expect((await kit.run('"still here"')).value).toBe('still here');
    },
  },
  {
    name: 'An import that is not installed names the module',
    async run(kit) {
      const { result } = await kit.run('import not_a_module_of_anyone.part');
      expect(result).toMatchObject({
        state: 'failed',
        error: { name: 'ModuleNotFoundError', module: 'not_a_module_of_anyone' },
      });
    },
  },
  {
    name: 'input() is refused instead of waiting for ever',
    async run(kit) {
      const { result } = await kit.run('input("name? ")');
      expect(result.state).toBe('failed');
      expect(result.error?.name).toContain('NotImplemented');
    },
  },
  {
    name: 'sys.exit ends the cell, not the session',
    async run(kit) {
      await kit.run('kept = 1');
      expect((await kit.run('import sys\nsys.exit(3)')).result).toMatchObject({
        state: 'failed',
        error: { name: 'SystemExit', value: '3' },
      });
      expect((await kit.run('kept')).value).toBe('1');
    },
  },
  {
    name: 'When Python itself dies it is said that the variables are gone, and the next cell works',
    async run(kit) {
      for (const death of ['import os\nos._exit(1)', 'import ctypes\nctypes.string_at(0)']) {
        await kit.run('gone = 1');
        const { result } = await kit.run(death);
        expect(result).toMatchObject({ state: 'failed', kernelLost: true });
        expect((await kit.run('"gone" in globals()')).value).toBe('False');
      }
    },
  },
  {
    name: 'A cell that takes too much memory is stopped, and the session goes on',
    needs: ['memoryLimit'],
    async run(kit) {
      const session = await kit.connect({ memoryMb: 256 });
      const { result } = await kit.run('data = bytearray(2_000_000_000)', { session });
      expect(result.state).toBe('failed');
      expect(result.error?.name).toMatch(/MemoryError|KernelDied/);
      expect((await kit.run('"alive"', { session })).value).toBe('alive');
      await kit.end(session);
    },
  },
  {
    name: 'await works at the top level',
    async run(kit) {
      expect((await kit.run('import asyncio\nawait asyncio.sleep(0, "done")')).value).toBe('done');
    },
  },
  {
    name: 'Threads, forks and worker processes do not disturb the output',
    async run(kit) {
      const ran = await kit.run(
        `import threading, os, multiprocessing
threads = [threading.Thread(target=print, args=("thread",)) for _ in range(5)]
for t in threads: t.start()
for t in threads: t.join()
if os.fork() == 0: os._exit(0)
os.wait()
with multiprocessing.get_context("fork").Pool(2) as pool: squares = pool.map(abs, [-1, -2, -3])
squares`,
      );
      expect(ran.result.state).toBe('succeeded');
      expect(ran.stdout.match(/thread/g)).toHaveLength(5);
      expect(ran.value).toBe('[1, 2, 3]');
    },
  },
  {
    name: 'The profile’s variables are set; those of one execution only for it',
    async run(kit) {
      const read = 'import os\nos.environ.get("OF_THE_PROFILE"), os.environ.get("ONCE")';
      expect((await kit.run(read)).value).toBe(`("it's set", None)`);
      expect((await kit.run(read, { env: { ONCE: 'a"b\\', OF_THE_PROFILE: 'other' } })).value).toBe(
        `('other', 'a"b\\\\')`,
      );
      expect((await kit.run(read)).value).toBe(`("it's set", None)`);
      const said = await kit.shell('echo "$OF_THE_PROFILE/$ONCE"', { env: { ONCE: 'now' } });
      expect(said.stdout).toBe("it's set/now\n");
    },
  },
  {
    name: 'A cell of one megabyte runs; one of sixteen runs or is refused as too large, and nothing breaks',
    async run(kit) {
      const lines = Array.from({ length: 20_000 }, (_, index) => `v = ${index}  # ${'x'.repeat(40)}`);
      expect((await kit.run(`${lines.join('\n')}\nv`)).value).toBe('19999');
      const huge = kit.run(`text = "${'y'.repeat(16 * 1024 * 1024)}"\nlen(text)`);
      const said = await huge.then(
        ({ value }) => value,
        (error: unknown) => (error instanceof SpecboardError ? error.code : String(error)),
      );
      expect(said).toMatch(/^(?:16777216|invalid)$/);
      expect((await kit.run('v')).value).toBe('19999');
    },
  },
  {
    name: 'Cells wait for each other, and a waiting one can be cancelled',
    async run(kit) {
      const first = await kit.started(
        'import time\nprint("on", flush=True)\nticks = 0\nwhile ticks < 600: time.sleep(1); ticks += 1',
      );
      const second = await kit.start('second = True');
      const third = await kit.start('"third"');
      second.cancel();
      expect((await second.done).result.state).toBe('cancelled');
      first.cancel();
      expect((await first.done).result.state).toBe('cancelled');
      expect((await third.done).value).toBe('third');
      expect((await kit.run('"second" in globals()')).value).toBe('False');
    },
  },
];
