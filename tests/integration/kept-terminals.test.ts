/** Terminals that outlive their windows, in the real Local driver: reload, resize, back-pressure, the end of shell and session. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Core } from '../../src-main/app/create-core.ts';
import type { TerminalEnd } from '../../src-main/drivers/driver.ts';
import { ByteChannel } from '../../src-main/runner/byte-channel.ts';
import { KeptTerminals } from '../../src-main/services/kept-terminals.ts';
import type { TerminalSink } from '../../src-main/services/terminal-reader.ts';
import { TerminalScreen } from '../../src-main/services/terminal-screen.ts';
import type { Session } from '../../src-shared/domain/session.ts';
import type { Terminal, TerminalEvent } from '../../src-shared/domain/terminal.ts';
import { maxTerminals } from '../../src-shared/domain/terminal-limits.ts';
import { type Clock, systemClock } from '../../src-shared/lib/clock.ts';
import { toDisposable } from '../../src-shared/lib/disposable.ts';
import { ScriptedDriver, ScriptedSession } from '../support/scripted-driver.ts';
import { eventually, openTestCore } from '../support/test-core.ts';
import { problemOf } from './local-support.ts';

const size = { cols: 80, rows: 24 };

/** A window: a stream that shows what it gets on a screen of its own, or stands still. */
class Window implements TerminalSink {
  readonly screen = new TerminalScreen({ ...size, scrollback: 200, onReply: () => {} });
  readonly events: TerminalEvent[] = [];
  opened: Terminal | null = null;
  ended: Terminal | null = null;
  failure: unknown = null;
  closed = false;
  bytes = 0;
  #standing: Promise<void> | null = null;
  #go: () => void = () => {};
  readonly #listeners: (() => void)[] = [];

  open(value: Terminal): void {
    this.opened = value;
  }

  async data(event: TerminalEvent): Promise<void> {
    await this.#standing;
    this.events.push(event);
    if (event.type === 'output') {
      this.bytes += event.bytes.length;
      await this.screen.write(event.bytes);
    } else if (event.type === 'size') {
      await this.screen.when(() => this.screen.resize(event));
    } else {
      // As the window does: everything is forgotten.
      await this.screen.write(Buffer.from('\x1bc'));
      await this.screen.when(() => this.screen.resize(event));
    }
  }

  end(value: Terminal): void {
    this.ended = value;
    this.close();
  }

  fail(error: unknown): void {
    this.failure = error;
    this.close();
  }

  onClosed(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Reload: nobody reads any more. */
  close(): void {
    this.closed = true;
    this.#go();
    for (const listener of this.#listeners.splice(0)) listener();
  }

  standStill(): void {
    this.#standing = new Promise((resolve) => {
      this.#go = resolve;
    });
  }

  goOn(): void {
    this.#go();
    this.#standing = null;
  }

  text(): string {
    return Buffer.from(this.screen.snapshot().bytes).toString();
  }

  shows(text: string | RegExp): Promise<unknown> {
    const found = () => (typeof text === 'string' ? this.text().includes(text) : text.test(this.text()));
    return eventually(`the window shows ${text}`, found, 60_000);
  }
}

describe.skipIf(process.platform === 'win32')('terminals that are kept', () => {
  let core: Core;
  let close: () => Promise<void>;
  let kept: KeptTerminals;
  let session: Session;

  const connect = async () => {
    const [profile] = core.profiles.list();
    return core.connect(profile?.id ?? '', { consent: true });
  };
  const look = (terminal: Terminal): Window => {
    const window = new Window();
    kept.attach(terminal.id, window);
    return window;
  };
  const type = (terminal: Terminal, text: string) => kept.write(terminal.id, Buffer.from(text));
  const current = ({ id }: Terminal) => core.hub.current.terminals.find((terminal) => terminal.id === id);

  beforeAll(async () => {
    const opened = await openTestCore();
    core = opened.core;
    close = opened.close;
    kept = core.keptTerminals;
    session = await connect();
  });
  afterAll(() => close());

  test('a reloaded window gets the screen back, and the shell goes on', async () => {
    const terminal = await kept.open({ sessionId: session.id, ...size });
    expect(terminal).toMatchObject({ number: 1, state: 'open', endedAt: null });
    expect(core.hub.current.terminals).toEqual([terminal]);
    const before = look(terminal);
    await type(terminal, "PS1='> '; printf '\\033[31mred\\033[0m %s\\n' here; kept=still\n");
    await before.shows('red\u001b[0m here');
    before.close();
    await type(terminal, 'echo $kept $((40 + 2))\n');
    const after = look(terminal);
    await after.shows('still 42');
    await after.shows('red\u001b[0m here');
    expect(after.events[0]).toEqual({ type: 'screen', ...size });

    await kept.resize(terminal.id, { cols: 100, rows: 30 });
    await type(terminal, 'stty size\n');
    await after.shows('30 100');
    // What asks the terminal gets its answer from the main process, window or not.
    await type(terminal, `printf '\\033[6n'; IFS= read -rsd R answer; echo "at \${answer#*[}"\n`);
    await after.shows(/at \d+;1/);
    expect(after.screen.size).toEqual({ cols: 100, rows: 30 });
    await kept.close(terminal.id);
    expect(after.failure).toMatchObject({ code: 'gone' });
    expect(core.hub.current.terminals).toEqual([]);
    expect((await problemOf(type(terminal, 'x'))).code).toBe('not-found');
  });

  test('a full-screen program is the same in a window that comes later', async () => {
    const terminal = await kept.open({ sessionId: session.id, ...size });
    const first = look(terminal);
    await type(terminal, "PS1='> '; echo below\n");
    await first.shows('below');
    await type(terminal, "printf '\\033[?1049h\\033[2J\\033[3;3Hin front\\033[?25l'; sleep 100\n");
    await first.shows('in front');
    const second = look(terminal);
    await second.shows('in front');
    expect(second.text()).toBe(first.text());
    await type(terminal, '\x03');
    await type(terminal, "printf '\\033[?1049l'\n");
    await second.shows('below');
    await eventually('both show the same', () => second.text() === first.text());
    await kept.close(terminal.id);
  });

  test('exit: text and code stay, keys are refused, a new shell goes on below', async () => {
    const terminal = await kept.open({ sessionId: session.id, ...size });
    const window = look(terminal);
    await type(terminal, 'echo the $((1 + 1))nd word; exit 7\n');
    await eventually('the end', () => window.ended);
    expect(window.ended).toMatchObject({ state: 'ended', exitCode: 7, reason: null });
    expect(current(terminal)).toEqual(window.ended);
    expect((await problemOf(type(terminal, 'x'))).code).toBe('gone');
    const later = look(terminal);
    await eventually('the end again', () => later.ended);
    expect(later.text()).toContain('the 2nd word');
    const again = await kept.reopen(terminal.id, { cols: 70, rows: 20 });
    expect(again).toMatchObject({ id: terminal.id, number: terminal.number, state: 'open', exitCode: null });
    expect((await problemOf(kept.reopen(terminal.id, size))).code).toBe('conflict');
    const third = look(terminal);
    await type(terminal, 'stty size\n');
    await third.shows('20 70');
    expect(third.text()).toContain('the 2nd word');
    await kept.close(terminal.id);
  });

  test('a window that stands still holds the program back; when that takes too long it begins anew', async () => {
    const patienceMs = 5_000;
    let runOut: (() => void) | null = null;
    const clock: Clock = {
      now: () => systemClock.now(),
      after: (ms, callback) => {
        if (ms !== patienceMs) return systemClock.after(ms, callback);
        runOut = callback;
        return toDisposable(() => {});
      },
    };
    const patient = new KeptTerminals({ ...core, clock, patienceMs });
    const terminal = await patient.open({ sessionId: session.id, ...size });
    const window = new Window();
    patient.attach(terminal.id, window);
    await patient.write(terminal.id, Buffer.from("PS1='> '; echo rea''dy\n"));
    await window.shows('ready');
    window.standStill();
    const flood = `i=0; while [ $i -lt 20 ]; do head -c 200000 /dev/zero | tr '\\0' x; i=$((i+1)); echo $i > steps; done; echo; echo all''done\n`;
    await patient.write(terminal.id, Buffer.from(flood));
    await eventually('the program is held back', () => runOut);
    let steps = -1;
    await eventually('it stands', async () => {
      const earlier = steps;
      steps = Number(await shell('cat steps 2>/dev/null || echo 0'));
      return steps === earlier;
    });
    // What has come so far is all that anybody holds: the rest is not made.
    expect(steps).toBeLessThan(12);
    const another = new Window();
    patient.attach(terminal.id, another);
    (runOut as unknown as () => void)();
    await another.shows('alldone');
    const had = window.bytes;
    window.goOn();
    await window.shows('alldone');
    // The tail of what it missed, not all of it.
    expect(window.bytes - had).toBeLessThan(1_500_000);
    expect(window.events.filter((event) => event.type === 'screen')).toHaveLength(2);
    await eventually('both show the same', () => window.text() === another.text());
    await patient.close(terminal.id);
    patient.dispose();
  });

  test('a session has so many terminals and no more; what cannot be opened leaves nothing', async () => {
    const opened = await Promise.all(
      Array.from({ length: 3 }, () => kept.open({ sessionId: session.id, ...size })),
    );
    expect(opened.map(({ number }) => number)).toEqual([1, 2, 3]);
    const nowhere = kept.open({ sessionId: session.id, ...size, cwd: 'not/there' });
    expect((await problemOf(nowhere)).code).toBe('not-found');
    expect(core.hub.current.terminals).toHaveLength(3);
    await kept.close(opened[1]?.id ?? '');
    expect((await kept.open({ sessionId: session.id, ...size })).number).toBe(4);
    await Promise.all(core.hub.current.terminals.map(({ id }) => kept.close(id)));
    expect(maxTerminals).toBeLessThanOrEqual(20);
  });

  test('with its session a terminal ends and says so; out of the list it is gone', async () => {
    const other = await connect();
    const terminal = await kept.open({ sessionId: other.id, ...size });
    const window = look(terminal);
    await type(terminal, 'echo last $((2 + 3)) words\n');
    await window.shows('last 5 words');
    await core.sessions.disconnect(other.id);
    await eventually('the end', () => window.ended);
    expect(window.ended).toMatchObject({ exitCode: null, reason: 'The session was disconnected.' });
    expect((await problemOf(kept.reopen(terminal.id, size))).code).toBe('gone');
    const late = look(terminal);
    await late.shows('last 5 words');
    core.sessions.dismiss(other.id);
    await eventually('it is forgotten', () => !current(terminal));
  });

  async function shell(code: string): Promise<string> {
    const { execution } = core.executions.run({ sessionId: session.id, language: 'shell', code });
    await core.executions.resultOf(execution.id);
    const { items } = core.db.executions.readOutput(execution.id, 0, 1_000_000);
    const texts = items.map(({ event }) =>
      event.type === 'text' ? Buffer.from(event.bytes).toString() : '',
    );
    return texts.join('');
  }
});

test('a terminal goes on in the session that has its sandbox now', async () => {
  const driver = new ScriptedDriver();
  driver.manifest = { capabilities: { terminal: true, keep: ['end', 'leave'] } };
  const shells: { channel: ByteChannel; typed: string[]; end: (end: TerminalEnd) => void }[] = [];
  driver.more = {
    attach: async (_request, metadata) => new ScriptedSession(String(metadata.sandboxId)),
    openTerminal: async () => {
      const channel = new ByteChannel();
      const { promise: ended, resolve } = Promise.withResolvers<TerminalEnd>();
      const typed: string[] = [];
      const end = (how: TerminalEnd) => {
        channel.end();
        resolve(how);
      };
      shells.push({ channel, typed, end });
      return {
        output: channel,
        ended,
        resize: async () => {},
        close: async () => end({ exitCode: null, reason: 'It was closed.' }),
        write: async (bytes) => void typed.push(Buffer.from(bytes).toString()),
      };
    },
  };
  const { core, close } = await openTestCore({ registry: driver.registry() });
  const { keptTerminals: kept, sessions } = core;
  const session = await core.connect(core.profiles.list()[0]?.id ?? '');
  const terminal = await kept.open({ sessionId: session.id, ...size });
  await shells[0]?.channel.push(Buffer.from('of the first session'));
  await sessions.disconnect(session.id, { keep: 'leave' });
  await eventually('it has ended', () => core.hub.current.terminals[0]?.state === 'ended');
  expect((await problemOf(kept.reopen(terminal.id, size))).code).toBe('gone');
  const next = await sessions.reattach(session.id);
  expect((await kept.open({ sessionId: next.id, ...size })).number).toBe(1);
  const moved = await kept.reopen(terminal.id, size);
  expect(moved).toMatchObject({ id: terminal.id, sessionId: next.id, number: 2, state: 'open' });
  const window = new Window();
  kept.attach(moved.id, window);
  await window.shows('of the first session');
  await kept.write(moved.id, Buffer.from('typed'));
  expect(shells.map(({ typed }) => typed.join(''))).toEqual(['', '', 'typed']);

  // A shell that takes nothing gets no more than so much; nothing is kept for one that is gone.
  shells[2]?.end({ exitCode: 0 });
  await eventually('it has ended', () => core.hub.current.terminals.some(({ state }) => state === 'ended'));
  expect((await problemOf(kept.write(moved.id, Buffer.from('lost')))).code).toBe('gone');
  expect(shells[2]?.typed).toEqual(['typed']);
  await close();
});
