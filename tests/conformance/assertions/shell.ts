/** Shell commands. */
import { expect } from 'vitest';
import type { Assertion } from '../target.ts';

/** Prints "alive" where the process of that file lives; one that nobody has buried yet does not. */
export function isAlive(pidFile: string): string {
  return `case "$(ps -o stat= -p $(cat ${pidFile}))" in ''|Z*) ;; *) echo alive ;; esac`;
}

export const shellAssertions: readonly Assertion[] = [
  {
    name: 'A command gives its exit code, and another than 0 is a failure',
    needs: ['shell'],
    async run(kit) {
      expect((await kit.shell('true')).result).toMatchObject({ state: 'succeeded', exitCode: 0 });
      expect((await kit.shell('exit 3')).result).toMatchObject({ state: 'failed', exitCode: 3 });
      expect((await kit.shell('not-a-program-of-anyone')).result).toMatchObject({
        state: 'failed',
        exitCode: 127,
      });
    },
  },
  {
    name: 'A command that a signal ends says which, and has no exit code',
    needs: ['shell'],
    async run(kit) {
      for (const signal of ['SIGKILL', 'SIGTERM', 'SIGSEGV', 'SIGABRT']) {
        const { result } = await kit.shell(`kill -${signal.slice(3)} $$; sleep 600`);
        expect(result, signal).toMatchObject({ state: 'failed', exitCode: null, signal });
      }
      // Of a program that the command runs the shell tells by a number above 128: an exit code like any other.
      const inner = (await kit.shell(`sh -c 'kill -TERM $$'; echo "code $?"; exit 143`)).result;
      expect(inner).toMatchObject({ state: 'failed', exitCode: 143 });
    },
  },
  {
    name: 'Both streams are told apart, byte for byte',
    needs: ['shell'],
    async run(kit) {
      const ran = await kit.shell(`printf 'a\\000\\377\\n'; printf 'e' >&2`);
      const bytes = (stream: string) =>
        Buffer.concat(
          ran.events.map((e) => (e.type === 'text' && e.stream === stream ? e.bytes : Buffer.alloc(0))),
        );
      expect(bytes('stdout').toString('latin1')).toBe('a\x00\xff\n');
      expect(bytes('stderr').toString('latin1')).toBe('e');
    },
  },
  {
    name: 'Output comes while the command runs',
    needs: ['shell'],
    async run(kit) {
      const running = await kit.started('printf waiting; sleep 1000', { language: 'shell' });
      expect(running.sink.text('stdout')).toBe('waiting');
      running.cancel();
      expect((await running.done).result.state).toBe('cancelled');
    },
  },
  {
    name: 'Python and commands share the working folder',
    needs: ['shell', 'python'],
    async run(kit) {
      await kit.run('open("shared file.txt", "w").write("from python")');
      expect((await kit.shell('cat "shared file.txt"; pwd')).stdout).toContain('from python');
      const [fromShell, fromPython] = [
        await kit.shell('pwd -P'),
        await kit.run('import os\nprint(os.getcwd())'),
      ];
      expect(fromShell.stdout).toBe(fromPython.stdout);
    },
  },
  {
    name: 'Quotes, dollars and backslashes reach the shell as they were typed',
    needs: ['shell'],
    async run(kit) {
      expect((await kit.shell(`echo 'it'"'"'s $HOME' "\\$x" 'a\\b'`)).stdout).toBe("it's $HOME $x a\\b\n");
    },
  },
  {
    name: 'A command that reads its input sees its end instead of waiting',
    needs: ['shell'],
    async run(kit) {
      expect((await kit.shell('cat; echo end')).stdout).toBe('end\n');
    },
  },
  {
    name: 'Cancel ends a whole pipeline, also what left its group and what ignores signals',
    needs: ['shell'],
    async run(kit) {
      const running = await kit.started(
        `trap '' INT TERM; setsid sh -c 'trap "" INT TERM; echo $$ > hidden.pid; sleep 1000; sleep 1000' & echo on; sleep 1000 | cat`,
        { language: 'shell', graceMs: 200 },
      );
      await kit.shell('while ! test -s hidden.pid; do sleep 0.05; done');
      running.cancel();
      expect((await running.done).result.state).toBe('cancelled');
      expect((await kit.shell(isAlive('hidden.pid'))).stdout).toBe('');
    },
  },
  {
    name: 'Commands run side by side, and beside a cell',
    needs: ['shell', 'python'],
    async run(kit) {
      const cell = await kit.started('import time\nprint("on", flush=True)\ntime.sleep(1000)');
      const command = await kit.started('echo on; sleep 1000', { language: 'shell' });
      expect((await kit.shell('echo third')).stdout).toBe('third\n');
      command.cancel();
      expect((await command.done).result.state).toBe('cancelled');
      cell.cancel();
      expect((await cell.done).result.state).toBe('cancelled');
    },
  },
  {
    name: 'Twenty commands at once each have their own output and their own end',
    needs: ['shell'],
    async run(kit) {
      const runs = Array.from({ length: 20 }, (_, n) =>
        kit.shell(`echo start ${n}; sleep 0.2; echo end ${n}; exit ${n}`),
      );
      for (const [n, { stdout, result }] of (await Promise.all(runs)).entries()) {
        expect(stdout).toBe(`start ${n}\nend ${n}\n`);
        expect(result.exitCode).toBe(n);
      }
    },
  },
  {
    name: 'A background process does not keep its command open',
    needs: ['shell'],
    async run(kit) {
      const ran = await kit.shell('sleep 30 >/dev/null 2>&1 </dev/null & echo started');
      expect(ran.result).toMatchObject({ state: 'succeeded', exitCode: 0 });
      expect(ran.stdout).toBe('started\n');
    },
  },
];
