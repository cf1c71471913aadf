/** How terminals end: closed, with their session, with their sandbox, with their connection. */
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { until } from '../../support/runner.ts';
import { never, problemOf } from '../kit.ts';
import type { Assertion } from '../target.ts';
import { inTerminal, needs, open, usual } from './terminal-screen.ts';

export const terminalEndAssertions: readonly Assertion[] = [
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
