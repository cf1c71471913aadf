// The E2B test server's processes and terminals, asked by the real SDK.
import { CommandExitError, NotFoundError, Sandbox, TimeoutError } from '@e2b/code-interpreter';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type E2bServer, startE2bServer } from '../support/e2b-server/server.ts';
import { eventually, isAlive, rejection, sdkOptions } from '../support/e2b-server/testing.ts';

let server: E2bServer;
let sandbox: Sandbox;

beforeAll(async () => {
  server = await startE2bServer();
  sandbox = await Sandbox.create({ ...sdkOptions(server), envs: { FOO: 'global' } });
});

afterAll(() => server.close());

describe('commands', () => {
  it('runs with output, environment and folder', async () => {
    const result = await sandbox.commands.run(
      'echo hi; echo err >&2; echo "$FOO $BAR $USER $E2B_SANDBOX_ID"',
      {
        envs: { BAR: 'ž' },
      },
    );
    expect(result).toMatchObject({ exitCode: 0, stderr: 'err\n' });
    expect(result.stdout).toBe(`hi\nglobal ž user ${sandbox.sandboxId}\n`);
    const home = await sandbox.commands.run('pwd; cd /tmp 2>/dev/null; echo $HOME');
    if (server.isolated) expect(home.stdout).toBe('/home/user\n/home/user\n');
    else expect(home.stdout).toContain(server.sandboxes()[0]?.root);
  });

  it('reports the exit code as an error', async () => {
    const error = await rejection(sandbox.commands.run('echo out; exit 3'));
    expect(error).toBeInstanceOf(CommandExitError);
    expect(error).toMatchObject({ exitCode: 3, stdout: 'out\n' });
  });

  it('refuses a folder that is not there and an unknown user', async () => {
    expect((await rejection(sandbox.commands.run('true', { cwd: '/home/user/nope' }))).name).toBe(
      'InvalidArgumentError',
    );
    expect((await rejection(sandbox.commands.run('true', { user: 'stranger' }))).name).toBe(
      'AuthenticationError',
    );
    expect((await sandbox.commands.run('echo ok', { user: 'root', cwd: '/tmp' })).stdout).toBe('ok\n');
  });

  it('streams while the command runs', async () => {
    const chunks: string[] = [];
    const handle = await sandbox.commands.run('echo one; read line; echo "two $line"', {
      background: true,
      stdin: true,
      onStdout: (chunk) => void chunks.push(chunk),
    });
    await eventually('the first line', () => chunks.join('') === 'one\n');
    await sandbox.commands.sendStdin(handle.pid, 'typed\n');
    expect((await handle.wait()).stdout).toBe('one\ntwo typed\n');
  });

  it('closes standard input', async () => {
    const handle = await sandbox.commands.run('cat', { background: true, stdin: true });
    await handle.sendStdin('hello\n');
    await handle.closeStdin();
    expect((await handle.wait()).stdout).toBe('hello\n');
  });

  it('lists and kills; a signal reads "signal: killed" with exit code -1', async () => {
    const handle = await sandbox.commands.run('exec sleep 1000', { background: true });
    expect((await sandbox.commands.list()).find(({ pid }) => pid === handle.pid)?.args).toContain(
      'exec sleep 1000',
    );
    expect(await handle.kill()).toBe(true);
    expect(await rejection(handle.wait())).toMatchObject({ exitCode: -1, error: 'signal: killed' });
    expect(await sandbox.commands.kill(handle.pid)).toBe(false);
    expect(await rejection(sandbox.commands.connect(999_999))).toBeInstanceOf(NotFoundError);
  });

  it('kills the leader alone: its children live on', async () => {
    const handle = await sandbox.commands.run('sleep 1000 >/dev/null 2>&1 & echo $!; wait', {
      background: true,
    });
    const child = Number(await eventually('the pid of the child', () => handle.stdout.trim()));
    await handle.kill();
    await rejection(handle.wait());
    expect(server.sandboxes()[0]?.pids).toContain(child);
    expect((await sandbox.commands.run(`kill -9 ${child}`)).exitCode).toBe(0);
  });

  it('kills the process when its time is over', async () => {
    const error = await rejection(sandbox.commands.run('echo $$; exec sleep 1000', { timeoutMs: 500 }));
    expect(error).toBeInstanceOf(TimeoutError);
    await eventually('the command gone', async () => (await sandbox.commands.list()).length === 0);
  });

  it('lets the process live when the client goes; output without a reader is lost', async () => {
    const first = await sandbox.commands.run('echo one; read a; echo two; read b; echo three', {
      background: true,
      stdin: true,
    });
    await eventually('one', () => first.stdout === 'one\n');
    await first.disconnect();
    await eventually(
      'the server to notice',
      () => server.requests.find('POST', '/process.Process/Start').at(-1)?.aborted,
    );
    await sandbox.commands.sendStdin(first.pid, 'x\n');
    await eventually('two printed', async () => {
      const { stdout } = await sandbox.commands.run(`cat /proc/${first.pid}/io | grep ^wchar`);
      return Number(stdout.split(' ')[1]) >= 8;
    });
    const second = await sandbox.commands.connect(first.pid);
    await sandbox.commands.sendStdin(first.pid, 'x\n');
    expect((await second.wait()).stdout).toBe('three\n');
  });

  it('tells a late connect how the process ended', async () => {
    const handle = await sandbox.commands.run('exit 7', { background: true });
    await rejection(handle.wait());
    const late = await sandbox.commands.connect(handle.pid);
    expect(await rejection(late.wait())).toMatchObject({ exitCode: 7 });
  });

  it('holds the process back while its reader is slow, and loses nothing', async () => {
    const size = 64_000_000;
    let bytes = 0;
    const gate = Promise.withResolvers<void>();
    const handle = await sandbox.commands.run(`exec head -c ${size} /dev/zero`, {
      background: true,
      timeoutMs: 0,
      onStdout: async (chunk) => {
        bytes += chunk.length;
        await gate.promise;
      },
    });
    // The program's own count of bytes written stands still, long before the end.
    const written = async () => {
      const { stdout } = await sandbox.commands.run(`grep ^wchar /proc/${handle.pid}/io`);
      return Number(stdout.split(' ')[1]);
    };
    const stopped = await eventually('the program to be held', async () => {
      const before = await written();
      return before > 0 && before === (await written()) ? before : undefined;
    });
    expect(stopped).toBeLessThan(size);
    gate.resolve();
    await handle.wait();
    expect(bytes).toBe(size);
  });

  it('needs the access token', async () => {
    const answer = await fetch(`${server.url}/process.Process/List`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'e2b-sandbox-id': sandbox.sandboxId,
        'e2b-sandbox-port': '49983',
        'x-access-token': 'wrong',
      },
      body: '{}',
    });
    expect(answer.status).toBe(401);
  });
});

describe('terminals', () => {
  const type = (pid: number, text: string) => sandbox.pty.sendInput(pid, new TextEncoder().encode(text));

  it('has a size, takes input, is resized, ends with the shell', async () => {
    let screen = '';
    const handle = await sandbox.pty.create({
      cols: 80,
      rows: 24,
      timeoutMs: 0,
      onData: (data) => {
        screen += new TextDecoder().decode(data);
      },
    });
    await type(handle.pid, 'stty size; echo "pid=$$"\n');
    await eventually(
      'the first size',
      () => screen.includes('24 80') && screen.includes(`pid=${handle.pid}`),
    );
    await sandbox.pty.resize(handle.pid, { cols: 132, rows: 50 });
    await type(handle.pid, 'stty size; exit 5\n');
    expect(await rejection(handle.wait())).toMatchObject({ exitCode: 5 });
    expect(screen).toContain('50 132');
  });

  it('passes Ctrl-C on and can be killed', async () => {
    let screen = '';
    const handle = await sandbox.pty.create({
      cols: 80,
      rows: 24,
      timeoutMs: 0,
      onData: (data) => {
        screen += new TextDecoder().decode(data);
      },
    });
    await type(handle.pid, 'echo st""art; sleep 1000\n');
    await eventually('the sleep', () => screen.includes('start'));
    await type(handle.pid, '\u0003');
    await type(handle.pid, 'echo af""ter\n');
    await eventually('the prompt again', () => screen.includes('after'));
    expect(await sandbox.pty.kill(handle.pid)).toBe(true);
    await rejection(handle.wait());
    await eventually('the shell gone', () => !isAlive(handle.pid));
  });

  it('ends the shell when its time limit is over', async () => {
    const handle = await sandbox.pty.create({ cols: 80, rows: 24, timeoutMs: 300, onData: () => undefined });
    expect(await rejection(handle.wait())).toBeInstanceOf(TimeoutError);
    await eventually('the shell gone', () => !isAlive(handle.pid));
  });
});
