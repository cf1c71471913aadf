// Terminals of the Daytona test server, through the real SDK.
import type { PtyHandle, Sandbox } from '@daytona/sdk';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type DaytonaServer, startDaytonaServer } from '../support/daytona-server/server.ts';
import { connectSdk, eventually, rejection, type TestClient } from '../support/daytona-server/testing.ts';

let server: DaytonaServer;
let client: TestClient;
let sandbox: Sandbox;
let names = 0;

beforeAll(async () => {
  server = await startDaytonaServer();
  client = connectSdk(server);
  sandbox = await client.create();
});

beforeEach(() => server.faults.clear());

afterAll(async () => {
  await client.close();
  await server.close();
});

interface Opened {
  readonly pty: PtyHandle;
  readonly id: string;
  text(): string;
}

async function open(options: { cwd?: string; envs?: Record<string, string> } = {}): Promise<Opened> {
  names += 1;
  const id = `pty-${names}`;
  let seen = '';
  const decoder = new TextDecoder();
  const pty = await sandbox.process.createPty({
    id,
    cols: 100,
    rows: 30,
    onData: (bytes) => {
      seen += decoder.decode(bytes, { stream: true });
    },
    ...options,
  });
  return { pty, id, text: () => seen };
}

it('runs a login shell with size, folder and variables; the end has a code', async () => {
  const { pty, text } = await open({ cwd: '/tmp', envs: { WORD: 'yes' } });
  await pty.sendInput('stty size; echo $WORD-$TERM; pwd; shopt -q login_shell && echo login=$((1+1))\n');
  await eventually('the answers', () => /30 100.*yes-xterm-256color.*tmp.*login=2/s.test(text()));
  await pty.sendInput('exit 4\n');
  expect(await pty.wait()).toEqual({ exitCode: 4, error: 'non-zero exit' });
  expect((await sandbox.process.listPtySessions()).map(({ id }) => id)).toEqual([]);
});

it('is resized, answers Ctrl-C, and is killed with all it started', async () => {
  const { pty, id, text } = await open();
  expect(await pty.resize(120, 40)).toMatchObject({ cols: 120, rows: 40 });
  expect(await sandbox.process.getPtySessionInfo(id)).toMatchObject({
    id,
    cols: 120,
    rows: 40,
    active: true,
  });
  await pty.sendInput('stty size\n');
  await eventually('the new size', () => text().includes('40 120'));
  await pty.sendInput('sleep 321\n');
  const running = async () => (await sandbox.process.executeCommand('pgrep -x sleep -a')).result;
  await eventually('the sleep', async () => (await running()).includes('sleep 321'));
  await pty.sendInput('\x03');
  await pty.sendInput('echo ready=$((2+2)); sleep 322 & sleep 323\n');
  await eventually('the shell again', () => text().includes('ready=4'));
  await eventually('the second sleep', async () => (await running()).includes('sleep 323'));
  await pty.kill();
  expect(await pty.wait()).toEqual({ exitCode: 137, error: 'SIGKILL' });
  expect(await running()).not.toMatch(/sleep 32/);
  expect((await rejection(pty.resize(10, 10))).name).toBe('DaytonaGoneError');
});

it('carries raw bytes both ways: a byte pipe once the terminal is told to be one', async () => {
  const { pty, text } = await open();
  await pty.sendInput("stty raw -echo -onlcr; printf 'r%s' eady; exec cat\n");
  await eventually('the pipe', () => text().includes('ready'));
  const start = text().length;
  const line = `${'x'.repeat(30_000)}\n\x03\x04é`;
  await pty.sendInput(line);
  await eventually('the echo', () => text().length >= start + line.length);
  expect(text().slice(start)).toBe(line);
  await pty.kill();
});

it('outlives its client; who comes back sees what comes from then on', async () => {
  const { pty, id, text } = await open();
  await pty.sendInput('WORD=kept; echo before=$((3+3))\n');
  await eventually('the first answer', () => text().includes('before=6'));
  await pty.disconnect();
  let seen = '';
  const again = await sandbox.process.connectPty(id, {
    onData: (bytes) => {
      seen += new TextDecoder().decode(bytes);
    },
  });
  await again.sendInput('echo $WORD=$((4+4))\n');
  await eventually('the answer', () => seen.includes('kept=8'));
  expect(seen).not.toContain('before=6');
  server.cutConnections(sandbox.id);
  await eventually('the loss', () => !again.isConnected());
  expect((await sandbox.process.getPtySessionInfo(id)).active).toBe(true);
  await sandbox.process.killPtySession(id);
});

it('refuses a name twice and a terminal that is not there', async () => {
  const { pty, id } = await open();
  const twice = await rejection(sandbox.process.createPty({ id, onData: () => undefined }));
  expect(twice.message).toContain('already exists');
  const none = await rejection(sandbox.process.connectPty('none', { onData: () => undefined }));
  expect(none.message).toContain('not found');
  await pty.kill();
});

it('closes on a message above 64 KiB; the terminal stays', async () => {
  const { pty, id } = await open();
  await pty.sendInput('x'.repeat(65_537));
  await eventually('the close', () => !pty.isConnected());
  expect((await sandbox.process.getPtySessionInfo(id)).active).toBe(true);
  await sandbox.process.killPtySession(id);
});

it('drops a client that does not read, and not the terminal', async () => {
  const { pty, id } = await open();
  // The SDK has no way to read slowly: its socket is paused from below.
  const { ws } = pty as unknown as {
    ws: { pause(): void; resume(): void; once(event: string, listener: (code: number) => void): void };
  };
  const code = new Promise<number>((resolve) => ws.once('close', resolve));
  await pty.sendInput('yes 0123456789 | head -c 12000000; touch flooded\n');
  ws.pause();
  const over = async () => (await sandbox.process.executeCommand('test -e flooded')).exitCode === 0;
  await eventually('the end of the flood', over);
  ws.resume();
  expect(await code).toBe(1008);
  expect((await sandbox.process.getPtySessionInfo(id)).active).toBe(true);
  await sandbox.process.killPtySession(id);
});
