// The code interpreter of the Daytona test server, through the real SDK: what Daytona's own can do, and what it cannot.
import type { Sandbox } from '@daytona/sdk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DaytonaServer, startDaytonaServer } from '../support/daytona-server/server.ts';
import { connectSdk, eventually, rejection, type TestClient } from '../support/daytona-server/testing.ts';

let server: DaytonaServer;
let client: TestClient;
let sandbox: Sandbox;

beforeAll(async () => {
  server = await startDaytonaServer();
  client = connectSdk(server);
  sandbox = await client.create();
});

afterAll(async () => {
  await client.close();
  await server.close();
});

const run: Sandbox['codeInterpreter']['runCode'] = (code, options) =>
  sandbox.codeInterpreter.runCode(code, options);

it('keeps variables, streams both outputs, gives no value of the last line', async () => {
  const seen: string[] = [];
  await run('x = 41');
  const result = await run('import sys\nprint("a")\nprint("b", file=sys.stderr)\nx += 1\nprint(x)\nx', {
    onStdout: ({ output }) => void seen.push(output),
    onStderr: ({ output }) => void seen.push(`!${output}`),
  });
  expect(result).toEqual({ stdout: 'a\n42\n', stderr: 'b\n' });
  expect(seen.join('')).toContain('!b\n');
});

it('tells an error by name, value and the lines of the cell', async () => {
  const { error } = await run('def f():\n    return 1 / 0\nf()');
  expect(error?.name).toBe('ZeroDivisionError');
  expect(error?.value).toBe('division by zero');
  expect(error?.traceback).toContain('line 2');
  expect((await run('print("still here")')).stdout).toBe('still here\n');
});

it('has contexts that do not see each other, each in its folder', async () => {
  const context = await sandbox.codeInterpreter.createContext('/tmp');
  await run('secret = 1', { context });
  expect((await run('secret')).error?.name).toBe('NameError');
  expect((await run('import os; print(os.getcwd())', { context })).stdout).toMatch(/tmp\n$/);
  expect((await sandbox.codeInterpreter.listContexts()).map(({ id }) => id)).toEqual([context.id]);
  await sandbox.codeInterpreter.deleteContext(context);
  expect(await sandbox.codeInterpreter.listContexts()).toEqual([]);
  expect((await rejection(run('1', { context }))).message).toContain('context not found');
});

it('sets variables of the environment for one cell', async () => {
  expect((await run('import os; print(os.environ["ONE"])', { envs: { ONE: '1' } })).stdout).toBe('1\n');
  expect((await run('print("ONE" in os.environ)')).stdout).toBe('False\n');
});

it('interrupts a cell at its limit and keeps the state', async () => {
  await run('kept = 7');
  const error = await rejection(run('import time\ntime.sleep(60)', { timeout: 1 }));
  expect(error.name).toBe('DaytonaTimeoutError');
  expect((await run('print(kept)')).stdout).toBe('7\n');
});

it('kills a cell that ignores the interrupt: the state is lost', async () => {
  const context = await sandbox.codeInterpreter.createContext();
  await run('kept = 7', { context });
  const stubborn = 'import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\ntime.sleep(60)';
  expect((await rejection(run(stubborn, { context, timeout: 1 }))).name).toBe('DaytonaTimeoutError');
  expect((await run('kept', { context })).error?.name).toBe('NameError');
});

it('lets a cell go on when its client has gone, and queues the next behind it', async () => {
  const context = await sandbox.codeInterpreter.createContext();
  const waiting =
    'import time, os\nprint("up")\nwhile not os.path.exists("go"): time.sleep(0.02)\nos.rename("go", "gone")';
  let up = false;
  const cell = rejection(
    run(waiting, {
      context,
      onStdout: () => {
        up = true;
      },
    }),
  );
  await eventually('the cell', () => up);
  server.cutConnections(sandbox.id);
  expect((await cell).message).toContain('1006');
  const next = run('print(os.path.exists("gone"))', { context });
  await sandbox.process.executeCommand('touch go');
  expect((await next).stdout).toBe('True\n');
});
