// Commands, code and sessions in the Daytona test server's toolbox, through the real SDK.
import type { Sandbox } from '@daytona/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DaytonaServer, startDaytonaServer } from '../support/daytona-server/server.ts';
import { connectSdk, eventually, rejection, type TestClient } from '../support/daytona-server/testing.ts';

let server: DaytonaServer;
let client: TestClient;
let sandbox: Sandbox;
let names = 0;

beforeAll(async () => {
  server = await startDaytonaServer();
  client = connectSdk(server);
  sandbox = await client.create({ envVars: { OWN: 'sandbox' } });
});

afterAll(async () => {
  await client.close();
  await server.close();
});

/** A session of its own for a test. */
async function session(): Promise<string> {
  names += 1;
  await sandbox.process.createSession(`s${names}`);
  return `s${names}`;
}

/** Follow a command's log; what came by stream, and the end. */
function follow(id: string, commandId: string) {
  const seen = { stdout: '', stderr: '' };
  const done = sandbox.process.getSessionCommandLogs(
    id,
    commandId,
    (text) => {
      seen.stdout += text;
    },
    (text) => {
      seen.stderr += text;
    },
  );
  return { seen, done };
}

describe('execute', () => {
  it('gives both streams as one, and the exit code', async () => {
    const done = await sandbox.process.executeCommand('echo out; echo err >&2; echo more; exit 3');
    expect(done).toMatchObject({ exitCode: 3, result: 'out\nerr\nmore\n' });
    expect((await sandbox.process.executeCommand('nosuchprogram')).exitCode).toBe(127);
  });

  it('has a clean environment of its own, a home and a folder to work in', async () => {
    const env = (await sandbox.process.executeCommand('env', undefined, { ONCE: 'yes' })).result;
    expect(env).toContain('ONCE=yes\n');
    expect(env).toContain('OWN=sandbox\n');
    expect(env).toContain(`DAYTONA_SANDBOX_ID=${sandbox.id}\n`);
    for (const name of ['VITEST', 'NODE_ENV', 'SPECBOARD_CANARY']) expect(env).not.toContain(`${name}=`);
    expect((await sandbox.process.executeCommand('pwd')).result.trim()).toBe(await sandbox.getWorkDir());
    expect((await sandbox.process.executeCommand('pwd', '/tmp')).result).toMatch(/tmp$/m);
    const error = await rejection(sandbox.process.executeCommand('pwd', '/nowhere'));
    expect(error.name).toBe('DaytonaValidationError');
  });

  it('ends a command that takes too long, with all it started', async () => {
    const error = await rejection(
      sandbox.process.executeCommand('sleep 301 & sleep 302', undefined, undefined, 1),
    );
    expect([error.name, error.message]).toEqual([
      'DaytonaProcessExecutionTimeoutError',
      'command execution timeout',
    ]);
    expect((await sandbox.process.executeCommand('pgrep -fa "sleep 30[12]" | grep -v pgrep')).result).toBe(
      '',
    );
  });

  it('runs code each time in a fresh process', async () => {
    const first = await sandbox.process.codeRun('import sys\nx = 1\nprint(sys.argv[1:], x)', {
      argv: ['a b'],
    });
    expect(first).toMatchObject({ exitCode: 0, result: "['a b'] 1\n" });
    const second = await sandbox.process.codeRun('print(x)');
    expect(second.exitCode).toBe(1);
    expect(second.result).toContain("NameError: name 'x' is not defined");
  });

  it('sets variables for what starts later', async () => {
    await sandbox.updateEnv({ LATER: 'now' });
    expect((await sandbox.process.executeCommand('echo $LATER')).result).toBe('now\n');
    await sandbox.updateEnv({}, { unset: ['LATER'] });
    expect((await sandbox.process.executeCommand('echo [$LATER]')).result).toBe('[]\n');
  });
});

describe('sessions', () => {
  it('keep folder and variables from one command to the next', async () => {
    const id = await session();
    await sandbox.process.executeSessionCommand(id, { command: "cd /tmp; export WORD='it''s'" });
    const done = await sandbox.process.executeSessionCommand(id, { command: 'echo $WORD; pwd; (exit 4)' });
    expect(done.stdout).toMatch(/^its\n.*tmp\n$/);
    expect(done.exitCode).toBe(4);
    const { commands } = await sandbox.process.getSession(id);
    expect(commands.map(({ exitCode }) => exitCode)).toEqual([0, 4]);
    expect((await sandbox.process.listSessions()).map(({ sessionId }) => sessionId)).toContain(id);
  });

  it('tell the streams apart, line by line, as they come', async () => {
    const id = await session();
    const { cmdId } = await sandbox.process.executeSessionCommand(id, {
      command: 'echo one; echo two >&2; read answer; echo got $answer; printf tail',
      runAsync: true,
    });
    const { seen, done } = follow(id, cmdId);
    await eventually('both lines', () => seen.stdout === 'one\n' && seen.stderr === 'two\n');
    expect((await sandbox.process.getSessionCommand(id, cmdId)).exitCode).toBeUndefined();
    await sandbox.process.sendSessionCommandInput(id, cmdId, 'yes');
    await done;
    // What was typed is echoed, and the last line gets its end, as with Daytona.
    expect(seen).toEqual({ stdout: 'one\nyes\ngot yes\ntail\n', stderr: 'two\n' });
    expect((await sandbox.process.getSessionCommand(id, cmdId)).exitCode).toBe(0);
    const again = await sandbox.process.getSessionCommandLogs(id, cmdId);
    expect(again).toMatchObject({ stdout: 'one\nyes\ngot yes\ntail\n', stderr: 'two\n' });
  });

  it('do not echo when told not to, and refuse input for what is over', async () => {
    const id = await session();
    const { cmdId } = await sandbox.process.executeSessionCommand(id, {
      command: 'read line; echo $line',
      runAsync: true,
      suppressInputEcho: true,
    });
    const { seen, done } = follow(id, cmdId);
    await sandbox.process.sendSessionCommandInput(id, cmdId, 'quiet\n');
    await done;
    expect(seen.stdout).toBe('quiet\n');
    const error = await rejection(sandbox.process.sendSessionCommandInput(id, cmdId, 'late'));
    expect(error.name).toBe('DaytonaCommandAlreadyCompletedError');
  });

  it('carry a lot, and lose zero bytes as Daytona does', async () => {
    const id = await session();
    const { cmdId } = await sandbox.process.executeSessionCommand(id, {
      command: "printf 'a\\0b\\n'; seq 1 20000",
      runAsync: true,
    });
    const { seen, done } = follow(id, cmdId);
    await done;
    const lines = seen.stdout.trim().split('\n');
    expect([lines[0], lines.length, lines.at(-1)]).toEqual(['ab', 20_001, '20000']);
  });

  it('deleting one ends its commands with everything below them', async () => {
    const id = await session();
    const { cmdId } = await sandbox.process.executeSessionCommand(id, {
      command: 'sh -c "trap : TERM; sleep 311; sleep 312"',
      runAsync: true,
    });
    const running = async () => (await sandbox.process.executeCommand('pgrep -x sleep -a')).result;
    await eventually('the sleep', async () => (await running()).includes('sleep 311'));
    const { done } = follow(id, cmdId);
    await sandbox.process.deleteSession(id);
    await done;
    expect(await running()).not.toMatch(/sleep 31[12]/);
    expect((await rejection(sandbox.process.getSession(id))).name).toBe('DaytonaProcessNotFoundError');
  });

  it('end with `exit`; then they take no more commands', async () => {
    const id = await session();
    const done = await sandbox.process.executeSessionCommand(id, { command: 'echo bye; exit 5' });
    expect([done.stdout, done.exitCode]).toEqual(['bye\n', 5]);
    const error = await rejection(sandbox.process.executeSessionCommand(id, { command: 'true' }));
    expect(error.name).toBe('DaytonaSessionEndedError');
  });

  it('have one name each', async () => {
    const id = await session();
    expect((await rejection(sandbox.process.createSession(id))).name).toBe('DaytonaConflictError');
    expect((await rejection(sandbox.process.getSession('none'))).name).toBe('DaytonaProcessNotFoundError');
  });
});
