/** A runner that outlives its links: found again with its variables, taken over, left, ended; with real processes. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { KeptPipe } from '../../src-main/runner/kept-pipe.ts';
import type { KeptRunner, KeptRunnerOptions } from '../../src-main/runner/kept-runner.ts';
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { OutputEvent } from '../../src-shared/domain/execution.ts';
import { collect, type HostOptions, KeeperHost, keeperFile } from '../support/keeper-host.ts';
import { CollectingSink, processesWith, python, uniqueSeconds, until } from '../support/runner.ts';

const never = new AbortController().signal;
const hosts: KeeperHost[] = [];
const runners: KeptRunner[] = [];
function newHost(options: HostOptions = {}): KeeperHost {
  const host = new KeeperHost(options);
  hosts.push(host);
  return host;
}
function newRunner(host: KeeperHost, options: Partial<KeptRunnerOptions> = {}): KeptRunner {
  const runner = host.runner(options);
  runners.push(runner);
  return runner;
}
afterEach(async () => {
  await Promise.all(runners.splice(0).map((runner) => runner.dispose({ leave: false })));
  await Promise.all(hosts.splice(0).map((host) => host.stop()));
});

describe('a keeper', () => {
  test('runs cells and commands, writes no file, and ends with everything on bye', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'keeper-'));
    const host = newHost({ cwd });
    const runner = newRunner(host);
    const seconds = uniqueSeconds();
    expect((await runner.ready(never)).cwd).toBe(cwd);
    expect((await collect(runner, 'x = 6\nprint("out")\nx * 7')).value).toBe('42');
    expect((await collect(runner, { language: 'shell', code: 'pwd; exit 3' })).result.exitCode).toBe(3);
    await collect(
      runner,
      `import subprocess\nsubprocess.Popen(["setsid", "sleep", "${seconds}"], start_new_session=True);`,
    );
    const failed = await collect(runner, 'def f():\n  return 1 / 0\nf()');
    expect(failed.result.error?.traceback).toMatch(/^Traceback.*\n {2}File "<cell 3>", line 3/);
    expect(failed.result.error?.traceback).not.toContain('<runner>');
    await runner.dispose({ leave: false });
    await until('nothing is left', () => host.processes.length === 0);
    expect(processesWith(`sleep\u0000${seconds}`)).toEqual([]);
    expect(readdirSync(cwd)).toEqual([]);
    rmSync(cwd, { recursive: true });
  });

  test('the runner in memory can do without fork, too', async () => {
    const runner = newRunner(newHost({ keeper: { runner: { portable: true } } }));
    expect((await collect(runner, '1 + 1')).value).toBe('2');
    await collect(runner, 'import os\nos._exit(1)');
    expect((await collect(runner, '1 + 2')).value).toBe('3');
  });

  test('is one, however often it is started at once; the last client has it', async () => {
    const host = newHost();
    const all = Array.from({ length: 4 }, () => newRunner(host));
    const lost: SpecboardError[] = [];
    for (const runner of all) runner.onLost((error) => lost.push(error));
    const answers = await Promise.all(
      all.map((runner) =>
        runner
          .ready(never)
          .then((info) => info.pid)
          .catch(() => null),
      ),
    );
    await until('three are told', () => lost.length === 3);
    expect(lost.map((error) => error.code)).toEqual(['conflict', 'conflict', 'conflict']);
    expect(new Set(answers.filter((pid) => pid !== null)).size).toBe(1);
    const left = [];
    for (const runner of all) left.push((await collect(runner, '7').catch(() => null))?.value);
    expect(left.filter((value) => value === '7')).toHaveLength(1);
  });

  test('is not found where none is: exit code 3 and words', async () => {
    const ran = spawnSync(python, ['-u', keeperFile, 'attach', newHost().name], { encoding: 'utf8' });
    expect(ran.status).toBe(3);
    expect(ran.stderr).toBe('keeper: no session of this name runs here\n');
    const runner = newRunner(newHost(), { mode: 'attach' });
    await expect(runner.ready(never)).rejects.toMatchObject({ code: 'kernel-died' });
  });

  test('speaks Python 3.8', () => {
    const code = 'import ast, sys\nast.parse(open(sys.argv[1]).read(), feature_version=(3, 8))';
    execFileSync(python, ['-c', code, keeperFile]);
  });

  test('listens on a path where it is told to, and takes the place of a dead one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'keeper-'));
    const host = newHost({ keeper: { socket: join(folder, 'socket') } });
    const first = newRunner(host);
    const { pid } = await first.ready(never);
    const keeper = await host.keeperPid(pid);
    process.kill(keeper, 'SIGKILL');
    await until('the loss is known', async () => (await first.ready(never)).pid !== pid);
    expect((await collect(first, '1')).value).toBe('1');
    await first.dispose({ leave: false });
    expect(readdirSync(folder)).toEqual(['socket.lock']);
    rmSync(folder, { recursive: true });
  });

  test('without a client ends after the time that it was given', async () => {
    const host = newHost({ keeper: { lingerSeconds: 0.2 } });
    const runner = newRunner(host);
    await collect(runner, '1');
    await runner.dispose({ leave: true });
    await until('it is gone', () => host.processes.length === 0);
  });
});

describe('leaving and coming back', () => {
  test('from another process: variables are there, late output comes, nothing is called missing', async () => {
    const host = newHost();
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, '../support/keeper-child.ts'), host.name],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    child.stdout.resume();
    expect((await once(child, 'exit'))[0]).toBe(0);
    await until('only keeper, runner and worker are left', () => host.processes.length === 3);
    const runner = newRunner(host, { mode: 'attach' });
    const late: OutputEvent[] = [];
    runner.onLateOutput((event) => late.push(event));
    const ran = await collect(runner, 'value');
    expect(ran.value).toBe('from the other process');
    expect(ran.events.map((event) => event.type)).toEqual(['rich']);
    const text = () =>
      late
        .map((event) => (event.type === 'text' ? Buffer.from(event.bytes).toString() : event.type))
        .join('');
    await until('what was printed meanwhile', () => text().includes('tick 4'));
    expect(text()).toBe('tick 0\ntick 1\ntick 2\ntick 3\ntick 4\n');
  });

  test('a fresh client ends what earlier ones left running and keeps the variables', async () => {
    const host = newHost();
    const first = newRunner(host);
    const seconds = uniqueSeconds();
    await collect(first, 'import time\nkept = 5');
    const sink = new CollectingSink();
    const client = await first.client(never);
    const busy = client.execute(
      { language: 'python', code: `print("busy")\ntime.sleep(${seconds})` },
      sink,
      never,
    );
    const queued = client.execute({ language: 'python', code: 'kept = 6' }, sink, never);
    const shell = client.execute({ language: 'shell', code: `echo up; sleep ${seconds}` }, sink, never);
    await until('both run', () => sink.text().includes('busy') && sink.text().includes('up'));
    await first.dispose({ leave: true });
    expect([(await busy).state, (await queued).state, (await shell).state]).toEqual(['lost', 'lost', 'lost']);

    const second = newRunner(host, { mode: 'attach' });
    const events: OutputEvent[] = [];
    second.onLateOutput((event) => events.push(event));
    const ran = await collect(second, 'kept');
    expect(ran.value).toBe('5');
    expect(ran.events.some((event) => event.type === 'gap')).toBe(false);
    await until('the command is gone', () => processesWith(`sleep\u0000${seconds}`).length === 0);
    expect(events.some((event) => event.type === 'gap')).toBe(false);
  });

  test('after a crash, what was on its way to the crashed one is called missing; the rest is there', async () => {
    const host = newHost();
    const crashed = new KeptPipe({ mode: 'start', dial: host.dial, diagnose: async () => null });
    await crashed.write(Buffer.from('{"op":"run","id":"old","code":"kept = 5\\nprint(\\"x\\" * 2000)"}\n'));
    await until('it was sent output, which nobody read', () => host.line.passed > 2000);
    host.unreachable = new Error('crashed');
    host.line.cut();
    await crashed.close();
    host.unreachable = null;
    const runner = newRunner(host, { mode: 'attach' });
    const events: OutputEvent[] = [];
    runner.onLateOutput((event) => events.push(event));
    expect((await collect(runner, 'kept')).value).toBe('5');
    expect(events.map((event) => event.type)).toEqual(['gap']);
  });
});

describe('the end', () => {
  test('a runner that is killed: the cell is lost with the true reason, the next has a fresh Python', async () => {
    const host = newHost();
    const runner = newRunner(host);
    const reasons: string[] = [];
    runner.onKernelLost((reason) => reasons.push(reason));
    const seconds = uniqueSeconds();
    const { pid } = await runner.ready(never);
    await collect(runner, `import subprocess\nx = 1\nsubprocess.Popen(["setsid", "sleep", "${seconds}"]);`);
    const sink = new CollectingSink();
    const client = await runner.client(never);
    const running = client.execute({ language: 'python', code: 'print(1)\nwhile True: pass' }, sink, never);
    await until('it runs', () => sink.text() === '1\n');
    process.kill(pid, 'SIGKILL');
    expect(await running).toMatchObject({
      state: 'lost',
      kernelLost: true,
      reason: /memory/,
      problem: { code: 'kernel-died', details: 'signal SIGKILL' },
    } satisfies Record<string, unknown> as never);
    expect(reasons).toHaveLength(1);
    expect(processesWith(`sleep\u0000${seconds}`)).toEqual([]);
    expect((await collect(runner, 'x')).result.error?.name).toBe('NameError');
    await until('one keeper is left', () => host.processes.length <= 4);
  });

  test('a keeper that is killed takes its runner with it; the next cell has a fresh Python', async () => {
    const host = newHost();
    const runner = newRunner(host);
    const { pid } = await runner.ready(never);
    const sink = new CollectingSink();
    const client = await runner.client(never);
    const running = client.execute({ language: 'python', code: 'print(1)\nwhile True: pass' }, sink, never);
    await until('it runs', () => sink.text() === '1\n');
    process.kill(await host.keeperPid(pid), 'SIGKILL');
    expect(await running).toMatchObject({ state: 'lost', problem: { code: 'kernel-died' } });
    await until('nothing is left', () => host.processes.length === 0);
    expect((await collect(runner, '1')).value).toBe('1');
  });

  test('a runner that cannot start says why', async () => {
    const runner = newRunner(
      newHost({ keeper: { runner: ['nonsense'] as unknown as Record<string, unknown> } }),
    );
    await expect(runner.ready(never)).rejects.toMatchObject({
      problem: { code: 'kernel-died', details: expect.stringContaining('AttributeError') },
    });
  });

  test('a sandbox that is gone: everybody hears the true reason', async () => {
    const host = newHost();
    const gone = new SpecboardError('gone', 'The container was removed.');
    let diagnosis: SpecboardError | null = null;
    const runner = newRunner(host, { diagnose: async () => diagnosis });
    const lost: SpecboardError[] = [];
    runner.onLost((error) => lost.push(error));
    const sink = new CollectingSink();
    const client = await runner.client(never);
    const running = client.execute({ language: 'python', code: 'print(1)\nwhile True: pass' }, sink, never);
    const asked = client.findMissing('import a');
    await until('it runs', () => sink.text() === '1\n');
    diagnosis = gone;
    host.unreachable = new Error('no such container');
    host.line.cut();
    expect(await running).toMatchObject({ state: 'lost', problem: gone.problem });
    await expect(asked).rejects.toBe(gone);
    expect(lost).toEqual([gone]);
    await expect(runner.client(never)).rejects.toBe(gone);
    expect((await client.execute({ language: 'python', code: '1' }, sink, never)).problem).toEqual(
      gone.problem,
    );
  });

  test('a link that stays broken is given up with a reason; what runs there can be found again', async () => {
    const host = newHost();
    const first = newRunner(host, { patienceMs: 300 });
    await collect(first, 'kept = 5');
    host.unreachable = new Error('connect ECONNREFUSED');
    const links: string[] = [];
    first.onLink((state) => links.push(state));
    const lost = new Promise<SpecboardError>((resolve) => first.onLost(resolve));
    host.line.cut();
    expect(await lost).toMatchObject({ problem: { code: 'unreachable', details: 'connect ECONNREFUSED' } });
    expect(links).toEqual(['down']);
    host.unreachable = null;
    expect((await collect(newRunner(host, { mode: 'attach' }), 'kept')).value).toBe('5');
  });

  test('an image without Python, and a refusal that is final, are not tried again and again', async () => {
    let dials = 0;
    const missing = newRunner(newHost(), {
      dial: async () => {
        dials += 1;
        const child = spawn('sh', ['-c', 'echo "sh: python3: not found"; exit 127']);
        return { readable: child.stdout, write: async () => {}, close: () => void child.kill() };
      },
    });
    await expect(missing.ready(never)).rejects.toMatchObject({
      problem: { code: 'unavailable', details: 'sh: python3: not found' },
    });
    expect(dials).toBe(2);
    const refusal = new SpecboardError('python-missing', 'There is no Python in this image.');
    const refused = newRunner(newHost(), { dial: () => Promise.reject(refusal) });
    await expect(refused.ready(never)).rejects.toBe(refusal);
  });

  test('disposed while it starts, it leaves nothing behind', async () => {
    const host = newHost();
    const runner = host.runner();
    await until('it is dialled', () => host.dials === 1);
    await runner.dispose({ leave: false });
    await until('nothing is left', () => host.processes.length === 0);
  });

  test('a signal ends it as bye does', async () => {
    const host = newHost();
    const runner = newRunner(host);
    const { pid } = await runner.ready(never);
    process.kill(await host.keeperPid(pid), 'SIGTERM');
    await until('nothing is left', () => host.processes.length === 0);
  });
});

test('the descriptors of whoever started it are not held open', async () => {
  const host = newHost();
  const child = spawn(python, ['-u', keeperFile, 'start', host.name], {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'close'); // comes only when nobody holds its pipes any more
  await until('the keeper is there', () => host.processes.length === 3);
  const keeper = host.processes.find((pid) =>
    readFileSync(`/proc/${pid}/status`, 'latin1').includes('PPid:\t1\n'),
  );
  expect(keeper === undefined ? 0 : readdirSync(`/proc/${keeper}/fd`).length).toBeLessThan(10);
});
