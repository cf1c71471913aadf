// The Daytona test server over time: events, idle sandboxes, previews, a restart, an end that leaves nothing.
import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { Daytona, type PtyHandle } from '@daytona/sdk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FOLDER_PREFIX } from '../support/daytona-server/home.ts';
import { type DaytonaServer, startDaytonaServer } from '../support/daytona-server/server.ts';
import {
  connectSdk,
  eventually,
  isAlive,
  rejection,
  sdkOptions,
  type TestClient,
} from '../support/daytona-server/testing.ts';

const MINUTE = 60_000;

let server: DaytonaServer;
let client: TestClient;

beforeEach(async () => {
  server = await startDaytonaServer();
  client = connectSdk(server);
});

afterEach(async () => {
  await client.close();
  await server.close();
});

const stateOf = (id: string) => server.sandboxes().find((one) => one.id === id)?.state;

describe('events', () => {
  it('tell a client what happens to a sandbox without being asked', async () => {
    await eventually('the listener', () => server.listeners === 1);
    const sandbox = await client.create();
    server.requests.clear();
    server.breakDown(sandbox.id, 'out of memory');
    await eventually('the news', () => sandbox.state === 'error');
    server.kill(sandbox.id);
    await eventually('the end', () => sandbox.state === 'destroyed');
    expect(server.requests.entries).toEqual([]);
  });

  it('reach only clients with a good key; without them the SDK asks', async () => {
    const deaf = await startDaytonaServer({ events: false });
    const polling = new Daytona({ ...sdkOptions(deaf), useDeprecatedPolling: true });
    const wrong = new Daytona(sdkOptions(server, 'dtn_wrong'));
    try {
      expect((await polling.create()).state).toBe('started');
      expect(deaf.requests.find('GET', /^\/sandbox\//).length).toBeGreaterThan(0);
      await eventually('the wrong key', () => server.requests.find('GET', /^\/socket\.io/).length === 2);
      await eventually('the good key', () => server.listeners === 1);
    } finally {
      await wrong[Symbol.asyncDispose]();
      await polling[Symbol.asyncDispose]();
      await deaf.close();
    }
  });
});

describe('idle sandboxes', () => {
  it('stop, are archived and deleted when their time has come', async () => {
    const sandbox = await client.create({
      autoStopInterval: 10,
      autoArchiveInterval: 20,
      autoDeleteInterval: 40,
    });
    server.advanceClock(9 * MINUTE);
    expect(stateOf(sandbox.id)).toBe('started');
    server.advanceClock(MINUTE);
    await eventually('the stop', () => stateOf(sandbox.id) === 'stopped');
    server.advanceClock(20 * MINUTE);
    await eventually('the archive', () => stateOf(sandbox.id) === 'archived');
    server.advanceClock(40 * MINUTE);
    await eventually('the end', () => stateOf(sandbox.id) === undefined);
  });

  it('begin anew with every use of the toolbox, not with the control plane', async () => {
    const sandbox = await client.create({ autoStopInterval: 10 });
    server.advanceClock(9 * MINUTE);
    await sandbox.process.executeCommand('true');
    server.advanceClock(9 * MINUTE);
    expect(stateOf(sandbox.id)).toBe('started');
    await sandbox.refreshActivity();
    server.advanceClock(9 * MINUTE);
    await sandbox.refreshData();
    server.advanceClock(MINUTE);
    await eventually('the stop', () => stateOf(sandbox.id) === 'stopped');
  });

  it('are not idle while a terminal is open', async () => {
    const sandbox = await client.create({ autoStopInterval: 10 });
    const pty = await sandbox.process.createPty({ id: 'p', onData: () => undefined });
    server.advanceClock(60 * MINUTE);
    expect(stateOf(sandbox.id)).toBe('started');
    await pty.disconnect();
    await eventually('the close', () => server.requests.find('GET', /create-connect/).length === 1);
    await eventually('the stop', () => {
      server.advanceClock(10 * MINUTE);
      return stateOf(sandbox.id) === 'stopped';
    });
  });

  it('end for good with their time to live, in whatever state', async () => {
    const sandbox = await client.create({ ttlMinutes: 30, autoStopInterval: 0 });
    await sandbox.stop();
    server.advanceClock(30 * MINUTE);
    await eventually('the end', () => server.sandboxes().length === 0);
  });
});

describe('previews', () => {
  it('need the token, unless public or signed; links end', async () => {
    const sandbox = await client.create();
    const program = [
      'import http.server as h, sys',
      'class H(h.BaseHTTPRequestHandler):',
      '    def do_POST(self):',
      '        body = self.rfile.read(int(self.headers["content-length"]))',
      '        seen = self.headers.get("x-daytona-preview-token", "none")',
      '        self.send_response(201); self.end_headers()',
      '        self.wfile.write(self.path.encode() + b" " + body + b" " + seen.encode())',
      's = h.HTTPServer(("127.0.0.1", 0), H); open("port", "w").write(str(s.server_port)); s.serve_forever()',
    ].join('\n');
    await sandbox.fs.uploadFile(Buffer.from(program), 'serve.py');
    await sandbox.process.createSession('web');
    await sandbox.process.executeSessionCommand('web', { command: 'python3 serve.py', runAsync: true });
    const port = Number(
      await eventually(
        'the port',
        async () => (await sandbox.process.executeCommand('cat port 2>/dev/null')).result,
      ),
    );
    const { url, token } = await sandbox.getPreviewLink(port);
    const post = (address: string, headers: Record<string, string> = {}) =>
      fetch(address, { method: 'POST', body: 'hello', headers });
    expect((await post(`${url}/a?b=c`)).status).toBe(401);
    const answer = await post(`${url}/a?b=c`, { 'x-daytona-preview-token': token });
    expect([answer.status, await answer.text()]).toEqual([201, '/a?b=c hello none']);
    const byQuery = await post(`${url}/a?DAYTONA_SANDBOX_AUTH_KEY=${token}`);
    expect(await byQuery.text()).toBe('/a hello none');
    const signed = await sandbox.getSignedPreviewUrl(port, 60);
    expect((await post(`${signed.url}/x`)).status).toBe(201);
    await sandbox.expireSignedPreviewUrl(port, signed.token);
    expect((await post(`${signed.url}/x`)).status).toBe(401);
    const short = await sandbox.getSignedPreviewUrl(port, 60);
    server.advanceClock(2 * MINUTE);
    expect((await post(short.url)).status).toBe(401);
    await sandbox.process.deleteSession('web');
    expect((await post(`${url}/a`, { 'x-daytona-preview-token': token })).status).toBe(502);
    await sandbox.stop();
    expect((await post(`${url}/a`, { 'x-daytona-preview-token': token })).status).toBe(400);
  });
});

describe('a restart', () => {
  it('keeps address, sandboxes and processes; connections break', async () => {
    const sandbox = await client.create({ name: 'stays' });
    let seen = '';
    const onData = (bytes: Uint8Array) => {
      seen += new TextDecoder().decode(bytes);
    };
    const pty: PtyHandle = await sandbox.process.createPty({ id: 'p', onData });
    await pty.sendInput('WORD=kept\n');
    await eventually('the echo', () => seen.includes('kept'));
    await server.stopListening();
    await eventually('the loss', () => !pty.isConnected());
    expect((await rejection(client.daytona.get('stays'))).message).toContain('ECONNREFUSED');
    await server.listenAgain();
    expect((await client.daytona.get('stays')).id).toBe(sandbox.id);
    const again = await sandbox.process.connectPty('p', { onData });
    await again.sendInput('echo $WORD-$((40+2))\n');
    await eventually('the old shell', () => seen.includes('kept-42'));
    await server.restart();
    // A POST over a connection from before the restart is lost; the SDK tries only what changes nothing again.
    const answer = await eventually('an answer', () =>
      sandbox.process.executeCommand('echo on').catch(() => undefined),
    );
    expect(answer.result).toBe('on\n');
  });
});

describe('the end', () => {
  it('leaves no process, no folder and no open port', async () => {
    const own = await startDaytonaServer();
    const other = connectSdk(own);
    const sandbox = await other.create();
    await other.create();
    await sandbox.process.executeCommand(
      '(setsid sleep 600 >/dev/null 2>&1 &); (sleep 600 >/dev/null 2>&1 &)',
    );
    await sandbox.process.createSession('s');
    await sandbox.process.executeSessionCommand('s', { command: 'sleep 600', runAsync: true });
    await sandbox.process.createPty({ id: 'p', onData: () => undefined });
    await sandbox.codeInterpreter.runCode('import subprocess\nsubprocess.Popen(["sleep", "600"])');
    const views = own.sandboxes();
    const pids = views.flatMap((view) => view.pids);
    expect(pids.length).toBeGreaterThanOrEqual(7);
    await own.close();
    await eventually('no process', () => !pids.some(isAlive));
    for (const { root } of views) expect(existsSync(root)).toBe(false);
    await expect(fetch(`${own.url}/config`)).rejects.toThrow();
    await other.close();
  });

  it('of one sandbox, from outside, breaks what was open and removes its folder', async () => {
    const sandbox = await client.create();
    const running = rejection(sandbox.process.executeCommand('sleep 600'));
    await eventually('the command', () => (server.sandboxes()[0]?.pids.length ?? 0) > 0);
    const [view] = server.sandboxes();
    expect(server.kill(sandbox.id)).toBe(true);
    expect(server.kill(sandbox.id)).toBe(false);
    expect((await running).name).toBe('DaytonaConnectionError');
    await eventually('no process', () => !view?.pids.some(isAlive));
    expect(
      readdirSync(tmpdir()).filter((name) => name.startsWith(FOLDER_PREFIX) && view?.root.endsWith(name)),
    ).toEqual([]);
    expect((await rejection(sandbox.process.executeCommand('true'))).name).toBe('DaytonaNotFoundError');
  });
});
