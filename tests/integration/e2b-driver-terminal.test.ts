/** The E2B driver: terminals over envd's pseudo-terminal, and what becomes of them when things end or break. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { DriverTerminal } from '../../src-main/drivers/driver.ts';
import type { E2bSession } from '../../src-main/drivers/e2b/session.ts';
import { processesWith, uniqueSeconds, until } from '../support/runner.ts';
import { type Kit, never, problemOf, startKit } from './e2b-driver-support.ts';

let kit: Kit;
beforeAll(async () => {
  kit = await startKit();
});
afterEach(() => kit.server.faults.clear());
afterAll(() => kit.stop());

class Screen {
  readonly terminal: DriverTerminal;
  readonly done: Promise<void>;
  text = '';

  constructor(terminal: DriverTerminal) {
    this.terminal = terminal;
    this.done = (async () => {
      for await (const bytes of terminal.output) this.text += Buffer.from(bytes).toString('latin1');
    })();
  }

  type(text: string): Promise<void> {
    return this.terminal.write(Buffer.from(text));
  }

  async shows(text: string): Promise<void> {
    await until(`the terminal shows ${text}`, () => this.text.includes(text));
  }
}

async function open(session: E2bSession, options: { cwd?: string } = {}): Promise<Screen> {
  const terminal = await kit.driver.openTerminal?.(session, { cols: 80, rows: 24 }, options, never);
  if (!terminal) throw new Error('openTerminal is missing');
  return new Screen(terminal);
}

test('a login shell with the variables of the profile, in the folder that is asked for', async () => {
  const session = await kit.connect({ environment: { OF_THE_PROFILE: "it's set" } });
  const screen = await open(session, { cwd: '/tmp' });
  await screen.type('echo "<$TERM|$OF_THE_PROFILE|$PWD>"; shopt login_shell; stty size\n');
  await screen.shows("<xterm-256color|it's set|/tmp>");
  await screen.shows('login_shell    \ton');
  await screen.shows('24 80');
  await screen.terminal.resize({ cols: 33, rows: 11 });
  await screen.type('stty size\n');
  await screen.shows('11 33');
  await screen.type('exit 9\n');
  expect(await screen.terminal.ended).toEqual({ exitCode: 9 });
  await screen.done;
  expect((await problemOf(screen.type('x'))).code).toBe('gone');
  const nowhere = kit.driver.openTerminal?.(session, { cols: 1, rows: 1 }, { cwd: '/no/such' }, never);
  expect((await problemOf(nowhere ?? Promise.resolve())).code).toBe('not-found');
});

test('what is typed fast stays in order', async () => {
  const session = await kit.connect();
  const screen = await open(session);
  await screen.type('stty -echo; PS1=; cat; true\n');
  const words = Array.from({ length: 300 }, (_, n) => `word-${n}\n`);
  await Promise.all(words.map((word) => screen.type(word)));
  await screen.shows(words.join('').replaceAll('\n', '\r\n'));
  await screen.terminal.close();
});

test('its end, however it comes, leaves no process behind', async () => {
  const session = await kit.connect();
  const seconds = uniqueSeconds();
  const running = () => processesWith(`sleep\0${seconds}`).length;
  const closed = await open(session);
  await closed.type(
    `trap '' HUP TERM; setsid sleep ${seconds} & sleep ${seconds} & (nohup sleep ${seconds} >/dev/null 2>&1 &)\n`,
  );
  await until('they run', () => running() === 3);
  await closed.terminal.close();
  expect(running()).toBe(0);
  expect(await closed.terminal.ended).toEqual({ exitCode: null, reason: 'It was closed.' });

  const left = await open(session);
  await left.type(`nohup sleep ${seconds} >/dev/null 2>&1 &\n`);
  await until('it runs', () => running() === 1);
  await left.type('exit\n');
  await left.terminal.ended;
  expect(running()).toBe(0);

  const cut = await open(session);
  await cut.type(`sleep ${seconds}\n`);
  await until('it runs', () => running() === 1);
  kit.server.faults.add({ match: { path: '/process.Process/SendInput' }, effect: { kind: 'drop' } });
  expect((await problemOf(cut.type('x'))).code).toMatch(/^(?:unreachable|unavailable)$/);
  kit.server.faults.clear();
  await cut.type('\x03');
  await until('it is interrupted', () => running() === 0);
  await cut.terminal.close();
});

test('leaving the sandbox running ends its terminals, and with it what they started', async () => {
  const session = await kit.connect();
  const seconds = uniqueSeconds();
  const screen = await open(session);
  await screen.type(`sleep ${seconds}\n`);
  await until('it runs', () => processesWith(`sleep\0${seconds}`).length === 1);
  await kit.driver.disconnect(session, { keep: 'leave' }, never);
  expect(await screen.terminal.ended).toEqual({ exitCode: null, reason: 'The session was disconnected.' });
  await until('its program is gone', () => processesWith(`sleep\0${seconds}`).length === 0);
  await kit.driver.endRemote?.(kit.account(), session.sandboxId, never);
});

test('a sandbox that ends takes its terminals along, with the reason', async () => {
  const session = await kit.connect();
  const screen = await open(session);
  kit.server.kill(session.sandboxId);
  const end = await screen.terminal.ended;
  expect(end.exitCode).toBeNull();
  expect(end.reason).toBe('The sandbox was ended before its end time.');
  await screen.terminal.close();
});

test('an open terminal that does nothing does not keep the sandbox in use', async () => {
  const session = await kit.connect();
  const screen = await open(session);
  await screen.type('echo "<"there">"\n');
  await screen.shows('<there>');
  // What is in use holds back a pause and a leave; this does not.
  await kit.driver.pause?.(session, never);
  expect((await screen.terminal.ended).exitCode).toBeNull();
  expect(kit.server.sandboxes().find(({ id }) => id === session.sandboxId)?.state).toBe('paused');
  await kit.driver.endRemote?.(kit.account(), session.sandboxId, never);
});
