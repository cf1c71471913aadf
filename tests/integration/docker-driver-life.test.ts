/** Containers from connect to disconnect: what is made, what is kept, what is found again, and that nothing is left. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DockerSession } from '../../src-main/drivers/docker/docker-session.ts';
import type { ContainerSpec } from '../../src-main/drivers/docker/engine/engine-types.ts';
import type { JsonObject } from '../../src-shared/domain/json.ts';
import { pythonImage } from '../support/docker-engine/start-docker-engine.ts';
import { testEngine } from '../support/docker-engine/test-engine.ts';
import { until } from '../support/runner.ts';
import { type DockerKit, never, problemOf, startDockerKit } from './docker-driver-support.ts';

const { engine, reason } = await testEngine();
const url = engine?.url ?? '';

describe.skipIf(reason !== null)('a container of ours', () => {
  let kit: DockerKit;
  beforeAll(async () => {
    kit = await startDockerKit({ url });
  });
  afterAll(async () => {
    expect(await kit.remains()).toEqual([]);
    await kit.stop();
  });
  const find = async (session: DockerSession) => {
    const all = (await kit.driver.list?.({ settings: kit.settings(), credentials: {} }, never)) ?? [];
    return all.find(({ sandboxId }) => sandboxId === session.sandboxId);
  };

  test('runs Python and commands, says what it does, and is gone afterwards', async () => {
    const steps: string[] = [];
    const sessionId = randomUUID();
    const session = await kit.connect({}, { steps, sessionId });
    expect(steps).toEqual([
      'Looking for Docker',
      'Creating the container',
      'Starting the container',
      'Starting Python',
    ]);
    expect(session).toMatchObject({ isolation: 'container', warnings: [], endsAt: null });
    expect((await kit.run(session, '1 + 1')).value).toBe('2');
    expect((await kit.shell(session, 'echo hi; id -u; pwd')).stdout).toBe('hi\n1000\n/workspace\n');
    const { Config } = await kit.engine.containers.inspect(session.sandboxId, never);
    expect(Config.Labels).toMatchObject({
      'specboard.installation': kit.installationId,
      'specboard.session': sessionId,
      'specboard.nonce': expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    await kit.end(session);
    await kit.end(session);
    expect(await kit.remains()).toEqual([]);
  });

  test('is known before it is started', async () => {
    const seen: string[] = [];
    const metadata: JsonObject[] = [];
    const session = await kit.connect(
      {},
      {
        metadata,
        onStep: (step) =>
          void (step === 'Starting the container' && seen.push(String(metadata[0]?.sandboxId))),
      },
    );
    expect(seen).toEqual([session.sandboxId]);
    await kit.end(session);
  });

  test.each([
    'Looking for Docker',
    'Creating the container',
    'Starting the container',
    'Starting Python',
    'Preparing the working folder',
  ])('a connect that is cancelled at "%s" leaves nothing', async (step) => {
    const controller = new AbortController();
    const sessionId = randomUUID();
    const onStep = (now: string): void => {
      if (now === step) controller.abort();
    };
    const settings = { atDisconnect: 'keep' } as const;
    const work = kit.connect(settings, { sessionId, onStep, signal: controller.signal });
    expect((await problemOf(work)).code).toBe('cancelled');
    expect(await kit.remains(sessionId)).toEqual([]);
  });

  test('ends in every state: while code runs, with a terminal open, paused, killed, removed', async () => {
    const states: [string, (session: DockerSession) => Promise<unknown>][] = [
      ['running', (session) => kit.started(session, 'print("on", flush=True)\nimport time\ntime.sleep(600)')],
      [
        'terminal',
        async (session) => {
          const terminal = await kit.driver.openTerminal?.(session, { cols: 80, rows: 24 }, {}, never);
          void terminal?.ended;
        },
      ],
      ['metrics', async (session) => kit.driver.metrics?.(session, never)],
      ['paused', (session) => kit.engine.containers.pause(session.sandboxId, never)],
      ['killed', (session) => kit.engine.containers.kill(session.sandboxId, 'SIGKILL', never)],
      ['removed', (session) => kit.engine.containers.remove(session.sandboxId, never)],
    ];
    for (const [name, bring] of states) {
      const session = await kit.connect();
      await bring(session);
      await kit.end(session);
      expect(await kit.remains(), name).toEqual([]);
      expect((await problemOf(kit.run(session, '1'))).code, name).toBe('gone');
    }
  });

  test('left running: variables, files and what runs in the background are found again', async () => {
    const session = await kit.connect();
    await kit.run(session, 'kept = 5; open("kept.txt", "w").write("x")');
    await kit.shell(session, 'setsid sleep 12345 >/dev/null 2>&1 </dev/null & :');
    await kit.end(session, 'leave');
    expect(await find(session)).toMatchObject({ state: 'running', installationId: kit.installationId });
    expect((await problemOf(kit.run(session, '1'))).code).toBe('gone');
    const again = await kit.attach(session.metadata);
    expect((await kit.run(again, 'import os; kept, os.path.exists("kept.txt")')).value).toBe('(5, True)');
    expect(
      (await kit.shell(again, 'grep -a sleep.12345 /proc/[0-9]*/cmdline | wc -l')).stdout.trim(),
    ).not.toBe('0');
    await kit.end(again);
    expect(await kit.remains()).toEqual([]);
    expect((await problemOf(kit.attach(session.metadata))).code).toBe('gone');
  });

  test('left running, and its Python died meanwhile: files are found again, with a fresh Python', async () => {
    const session = await kit.connect();
    await kit.run(session, 'open("kept.txt", "w").write("x")');
    await kit.end(session, 'leave');
    const kill =
      'for p in /proc/[0-9]*; do grep -aq python3 $p/cmdline 2>/dev/null && kill -9 $(basename $p); done; :';
    const killing = await kit.engine.containers.exec(
      session.sandboxId,
      { cmd: ['/bin/sh', '-c', kill] },
      never,
    );
    for await (const _ of killing.output);
    const secret = { secretEnvironment: 'SECRET_WORD=plum' };
    const again = await kit.attach(session.metadata, {}, { credentials: secret });
    expect(again.warnings.join()).toMatch(/Python had ended/);
    const code = 'import os; os.path.exists("kept.txt"), os.environ["SECRET_WORD"]';
    expect((await kit.run(again, code)).value).toBe("(True, 'plum')");
    await kit.end(again);
    expect(await kit.remains()).toEqual([]);
  });

  test('a profile that was changed meanwhile does not move the working folder of a container', async () => {
    const session = await kit.connect({ workingFolder: '/first' });
    await kit.run(session, 'open("kept.txt", "w").write("x")');
    await kit.end(session, 'leave');
    const again = await kit.attach(session.metadata, { workingFolder: '/second' });
    expect(await kit.driver.files?.stat(again, 'kept.txt', never)).toMatchObject({ size: 1 });
    await kit.end(again);
  });

  test('paused: it is frozen with its variables, and woken by attaching', async () => {
    const session = await kit.connect();
    await kit.run(session, 'kept = 6');
    await kit.end(session, 'pause');
    expect(await find(session)).toMatchObject({ state: 'paused' });
    expect((await kit.engine.containers.inspect(session.sandboxId, never)).State.Paused).toBe(true);
    const steps: string[] = [];
    const again = await kit.attach(session.metadata, {}, { steps });
    expect(steps).toContain('Waking the container');
    expect(again.warnings).toEqual([]);
    expect((await kit.run(again, 'kept')).value).toBe('6');
    await kit.end(again);
  });

  test('stopped, as its profile says: files are kept, variables are not, and that is said', async () => {
    const settings = { atDisconnect: 'stop' } as const;
    expect(kit.driver.defaultKeep(kit.settings(settings))).toBe('pause');
    const session = await kit.connect(settings);
    expect((await kit.shell(session, 'stat -c "%u %g" .')).stdout).toBe('1000 1000\n');
    await kit.run(session, 'kept = 7; open("kept.txt", "w").write("x")');
    await kit.end(session, 'pause');
    expect((await kit.engine.containers.inspect(session.sandboxId, never)).State).toMatchObject({
      Running: false,
    });
    expect(await find(session)).toMatchObject({ state: 'paused' });
    const again = await kit.attach(session.metadata, settings);
    expect(again.warnings.join()).toMatch(/had been stopped/);
    expect((await kit.run(again, 'import os; "kept" in globals(), os.path.exists("kept.txt")')).value).toBe(
      '(False, True)',
    );
    await kit.end(again);
    expect(await kit.remains()).toEqual([]);
  });

  test('whose files are in memory is frozen, also where its profile says "stop" by now', async () => {
    const session = await kit.connect({ atDisconnect: 'remove' });
    await kit.run(session, 'open("kept.txt", "w").write("x")');
    await kit.end(session, 'leave');
    const settings = { atDisconnect: 'stop' } as const;
    await kit.end(await kit.attach(session.metadata, settings), 'pause');
    const { State } = await kit.engine.containers.inspect(session.sandboxId, never);
    expect(State).toMatchObject({ Running: true, Paused: true });
    const again = await kit.attach(session.metadata, settings);
    expect((await kit.run(again, 'import os; os.path.exists("kept.txt")')).value).toBe('True');
    await kit.end(again);
    expect(await kit.remains()).toEqual([]);
  });

  test('is found by its label alone, and ended without a session', async () => {
    const session = await kit.connect();
    await kit.run(session, 'kept = 8');
    await kit.end(session, 'leave');
    const again = await kit.attach({ sandboxId: session.sandboxId });
    expect((await kit.run(again, 'kept')).value).toBe('8');
    await kit.end(again, 'leave');
    const account = { settings: kit.settings(), credentials: {} };
    await kit.driver.endRemote?.(account, session.sandboxId, never);
    await kit.driver.endRemote?.(account, session.sandboxId, never);
    expect(await kit.remains()).toEqual([]);
  });

  test('one that another client took over tells the first so', async () => {
    const session = await kit.connect();
    const lost: string[] = [];
    session.onLost((error) => lost.push(error.message));
    await kit.run(session, 'kept = 9');
    const again = await kit.attach(session.metadata);
    expect((await kit.run(again, 'kept')).value).toBe('9');
    await until('the first is told', () => lost.length > 0);
    await kit.end(session, 'leave');
    expect((await kit.run(again, 'kept')).value).toBe('9');
    await kit.end(again);
  });
});

describe.skipIf(reason !== null)('a container that something else started', () => {
  let kit: DockerKit;
  const made: string[] = [];
  beforeAll(async () => {
    kit = await startDockerKit({ url });
  });
  afterAll(async () => {
    for (const id of made) await kit.engine.containers.remove(id, never);
    await kit.stop();
  });
  const start = async (spec: Partial<ContainerSpec> = {}): Promise<string> => {
    const { Id } = await kit.engine.containers.create(
      {
        Image: pythonImage,
        Cmd: ['sleep', '600'],
        WorkingDir: '/tmp',
        HostConfig: { Init: true, NetworkMode: 'none' },
        ...spec,
      },
      {},
      never,
    );
    made.push(Id);
    await kit.engine.containers.start(Id, never);
    return Id;
  };
  const processes = async (id: string): Promise<string[]> =>
    (await kit.engine.containers.top(id, never, '-eo pid,args')).Processes.map(([, ...args]) =>
      args.join(' '),
    );

  test.each(['end', 'pause', 'leave'] as const)(
    'is used on request, and left as it was by "%s"',
    async (keep) => {
      const sandboxId = await start();
      // At first there is only what is about to become these two.
      const before = await until('its own program runs', async () => {
        const found = await processes(sandboxId);
        return found.length === 2 && found.includes('sleep 600') ? found : null;
      });
      const listed = await kit.driver.list?.({ settings: kit.settings(), credentials: {} }, never);
      expect(listed?.find((one) => one.sandboxId === sandboxId)).toMatchObject({
        sessionId: null,
        installationId: null,
        state: 'running',
      });
      const session = await kit.attach({ sandboxId });
      expect(session.metadata).toMatchObject({ foreign: true, sandboxId });
      expect(session.warnings.join()).toMatch(/did not start this container/);
      await kit.run(session, 'kept = 1');
      expect((await kit.run(session, 'import os; kept, os.getcwd(), os.getuid()')).value).toBe(
        "(1, '/tmp', 0)",
      );
      await kit.shell(session, 'setsid sleep 54321 >/dev/null 2>&1 </dev/null & :');
      expect((await problemOf(kit.driver.pause?.(session, never) ?? Promise.resolve())).code).toBe(
        'forbidden',
      );
      await kit.end(session, keep);
      const { State } = await kit.engine.containers.inspect(sandboxId, never);
      expect(State).toMatchObject({ Running: true, Paused: false });
      await until(
        'nothing of ours runs in it',
        async () => (await processes(sandboxId)).length === before.length,
      );
      expect(await processes(sandboxId)).toEqual(before);
    },
  );

  test('is never ended from here, nor woken or started', async () => {
    const sandboxId = await start();
    const account = { settings: kit.settings(), credentials: {} };
    expect(
      (await problemOf(kit.driver.endRemote?.(account, sandboxId, never) ?? Promise.resolve())).code,
    ).toBe('forbidden');
    await kit.engine.containers.pause(sandboxId, never);
    expect((await problemOf(kit.attach({ sandboxId }))).code).toBe('unavailable');
    expect((await kit.engine.containers.inspect(sandboxId, never)).State.Paused).toBe(true);
    await kit.engine.containers.unpause(sandboxId, never);
    await kit.engine.containers.stop(sandboxId, 0, never);
    expect((await problemOf(kit.attach({ sandboxId }))).code).toBe('conflict');
    expect((await kit.engine.containers.inspect(sandboxId, never)).State.Running).toBe(false);
  });

  test('another installation of SpecBoard is somebody else', async () => {
    const other = await startDockerKit({ url });
    const session = await other.connect();
    const account = { settings: kit.settings(), credentials: {} };
    const listed = (await kit.driver.list?.(account, never)) ?? [];
    expect(listed.find(({ sandboxId }) => sandboxId === session.sandboxId)).toMatchObject({
      sessionId: null,
      installationId: other.installationId,
    });
    expect(
      (await problemOf(kit.driver.endRemote?.(account, session.sandboxId, never) ?? Promise.resolve())).code,
    ).toBe('forbidden');
    const guest = await kit.attach(session.metadata);
    await kit.end(guest);
    expect((await kit.engine.containers.inspect(session.sandboxId, never)).State.Running).toBe(true);
    await other.end(session);
    expect(await other.remains()).toEqual([]);
    await other.stop();
  });
});

describe.skipIf(reason !== null)('what a failed connect leaves', () => {
  let folder: string;
  let server: Server;
  let kit: DockerKit;
  let drop: RegExp | null = null;
  let abort: { at: RegExp; controller: AbortController } | null = null;
  /** A proxy that hands on a request, and breaks the connection instead of the answer; or aborts when the engine has it. */
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sb-drop-'));
    server = createServer((near) => {
      const far = connect(engine?.socket ?? '');
      let deaf = false;
      near.on('error', () => far.destroy()).on('close', () => far.destroy());
      far.on('error', () => near.destroy()).on('close', () => near.destroy());
      near.on('data', (bytes) => {
        if (drop?.test(bytes.toString('latin1'))) {
          drop = null;
          deaf = true;
        }
        far.write(bytes);
        if (abort?.at.test(bytes.toString('latin1'))) {
          abort.controller.abort();
          abort = null;
        }
      });
      far.on('data', (bytes) => {
        if (deaf) near.destroy();
        else near.write(bytes);
      });
    });
    await new Promise<void>((resolve) => server.listen(join(folder, 'drop.sock'), resolve));
    kit = await startDockerKit({ url: `unix://${join(folder, 'drop.sock')}`, directUrl: url });
  });
  afterAll(async () => {
    await kit.stop();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each([
    ['the answer of the create is lost', /^POST \S+\/containers\/create/, {}],
    ['the answer of the start is lost', /^POST \S+\/start/, {}],
    ['the answer of the look at it is lost', /^GET \S+\/containers\/[0-9a-f]{64}\/json/, {}],
    ['the answer of the volume is lost', /^POST \S+\/volumes\/create/, { atDisconnect: 'keep' }],
  ] as const)('%s: nothing is left', async (_, request, settings) => {
    const sessionId = randomUUID();
    drop = request;
    const result = await kit.connect(settings, { sessionId }).then(
      (session) => kit.end(session),
      (error: unknown) => error,
    );
    expect(drop).toBe(null);
    if (result !== undefined) expect(result).toMatchObject({ problem: { retryable: true } });
    await until('nothing is left', async () => (await kit.remains(sessionId)).length === 0);
  });

  test.each([
    ['sandbox', 'remove'],
    ['helper', 'keep'],
  ] as const)('cancelled while the engine makes the %s: nothing is left', async (_, atDisconnect) => {
    const controller = new AbortController();
    abort = { at: /^POST \S+\/containers\/create/, controller };
    const sessionId = randomUUID();
    const connecting = kit.connect({ atDisconnect }, { sessionId, signal: controller.signal });
    expect((await problemOf(connecting)).code).toBe('cancelled');
    expect(await kit.remains(sessionId)).toEqual([]);
    // What the engine was still at would be there by now: it has made another one since.
    await kit.end(await kit.connect());
    expect(await kit.remains(sessionId)).toEqual([]);
  });

  test('an image that is not there, with nothing to be pulled', async () => {
    const { code, problem } = await problemOf(kit.connect({ image: 'specboard-test/nothing:1' }));
    expect(code).toBe('image-missing');
    expect(problem.hint).toMatch(/docker pull specboard-test\/nothing:1/);
    expect(await kit.remains()).toEqual([]);
  });

  test('a program that has no command to sleep, limits that the engine refuses, ports in use', async () => {
    const first = await kit.connect({ network: true, ports: ['47811:80'] });
    const { code, problem } = await problemOf(kit.connect({ network: true, ports: ['47811:80'] }));
    expect(code).toBe('conflict');
    expect(problem.hint).toMatch(/another port/);
    await kit.end(first);
    expect(await kit.remains()).toEqual([]);
  });
});
