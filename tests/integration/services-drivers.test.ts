/** What services make of a manifest, whatever driver it is: suggestions, secret variables, tests by parts, doctor, words, deadlines. */
import { afterEach, describe, expect, test } from 'vitest';
import { ChosenFolders } from '../../src-main/app/chosen-folders.ts';
import type { Core } from '../../src-main/app/create-core.ts';
import { LiveSecrets } from '../../src-main/secrets/live-secrets.ts';
import { MemoryStore } from '../../src-main/secrets/memory-store.ts';
import { canRunHere, runDiagnostics } from '../../src-main/services/diagnostics.ts';
import { redactedRegistry } from '../../src-main/services/redacted-drivers.ts';
import { SpecboardError, toProblem } from '../../src-shared/contract/errors.ts';
import type { DriverManifest } from '../../src-shared/domain/driver-manifest.ts';
import type { JsonObject } from '../../src-shared/domain/json.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { folderFiles } from '../support/folder-files.ts';
import { never, ScriptedDriver, ScriptedSession, untilAborted } from '../support/scripted-driver.ts';
import { eventually, openTestCore } from '../support/test-core.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function setUp(driver: ScriptedDriver, options: Parameters<typeof openTestCore>[0] = {}) {
  const { core, close } = await openTestCore({ registry: driver.registry(), ...options });
  open.push(close);
  return { core, profileId: core.profiles.default().id };
}

const problemOf = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => toProblem(error),
  );
const never1 = new AbortController().signal;

describe('the connect deadline', () => {
  test('moves with each step that is told, and its message names the step that got stuck', async () => {
    const clock = new FakeClock();
    const driver = new ScriptedDriver();
    let step = (_words: string): void => {};
    driver.connect = async (request, signal) => {
      step = request.onStep;
      await untilAborted(signal);
      throw new Error('stopped');
    };
    const { core, profileId } = await setUp(driver, { clock });
    const failed = problemOf(core.connect(profileId));
    await eventually('the driver was asked', () => driver.calls.includes('connect'));
    for (const percent of [10, 40, 90]) {
      step(`Pulling the image: ${percent} %`);
      await clock.advance(110_000);
      expect(core.hub.current.sessions[0]?.status).toBe('connecting');
    }
    await clock.advance(10_000);
    expect(await failed).toMatchObject({
      code: 'timeout',
      message: 'Connecting stopped at "Pulling the image: 90 %": nothing new for 2 min.',
    });
  });

  test('a step that is told a thousand times changes the status once', async () => {
    const driver = new ScriptedDriver();
    driver.connect = async (request) => {
      for (let n = 0; n < 1000; n += 1) request.onStep('Pulling the image');
      return new ScriptedSession('box');
    };
    const { core, profileId } = await setUp(driver);
    let changes = 0;
    core.hub.onChange(({ sessions }) => {
      if (sessions[0]?.step === 'Pulling the image') changes += 1;
    });
    await core.connect(profileId);
    expect(changes).toBe(1);
  });
});

test("a driver's own words say what became of the sandbox", async () => {
  const driver = new ScriptedDriver();
  driver.manifest = {
    keepLabels: {
      end: { label: 'Remove the container', done: 'Ended by you; the container is removed' },
      leave: { label: 'Leave it running' },
    },
  };
  const { core, profileId } = await setUp(driver);
  const first = await core.connect(profileId);
  expect((await core.sessions.disconnect(first.id)).reason.text).toBe(
    'Ended by you; the container is removed',
  );
  const second = await core.connect(profileId);
  expect((await core.sessions.disconnect(second.id, { keep: 'leave' })).reason.text).toBe(
    'Disconnected; the sandbox goes on running',
  );
});

describe('secret variables', () => {
  const field = { name: 'environment', label: 'secret variables', required: false, format: 'pairs' } as const;

  function withPairs() {
    const driver = new ScriptedDriver();
    driver.manifest = { credentials: [field] };
    return driver;
  }

  test('reach the driver, and each value is told by nobody from then on', async () => {
    const driver = withPairs();
    let seen: Readonly<Record<string, string>> = {};
    driver.connect = async (request) => {
      seen = request.credentials;
      throw new SpecboardError('unavailable', 'The engine said: TOKEN is tok-12345, not other-67890.');
    };
    const { core, profileId } = await setUp(driver);
    await core.profiles.setCredentials(
      profileId,
      { environment: 'TOKEN=tok-12345\nOTHER=other-67890' },
      { sessionOnly: true },
    );
    const problem = await problemOf(core.connect(profileId));
    expect(seen).toEqual({ environment: 'TOKEN=tok-12345\nOTHER=other-67890' });
    expect(problem?.message).toBe('The engine said: TOKEN is [redacted], not [redacted].');
  });

  test('are for code: a look at the account neither needs nor gets them, a connect does', async () => {
    const driver = withPairs();
    const seen: unknown[] = [];
    driver.manifest = { ...driver.manifest, capabilities: { list: true } };
    driver.more = {
      list: async ({ credentials }) => {
        seen.push(credentials);
        return [];
      },
    };
    const store = new MemoryStore();
    const { core, profileId } = await setUp(driver, { secretStore: store });
    await core.profiles.setCredentials(profileId, { environment: 'A=value' }, { sessionOnly: false });
    await store.delete(`local/${profileId}/environment`); // as a locked keyring answers
    expect(await core.sandboxes.list(profileId)).toEqual([]);
    expect(seen).toEqual([{}]);
    expect((await core.profiles.test(profileId, never1)).ok).toBe(true);
    expect((await problemOf(core.connect(profileId)))?.code).toBe('keyring-locked');
  });

  test('that cannot be read are refused by their lines, and nothing is stored or repeated', async () => {
    const { core, profileId } = await setUp(withPairs());
    const values = { environment: 'A=fine\nsk-secret-without-name' };
    const problem = await problemOf(core.profiles.setCredentials(profileId, values, { sessionOnly: false }));
    expect(problem).toMatchObject({ code: 'invalid', fields: { environment: 'Line 2: write NAME=value.' } });
    expect(JSON.stringify(problem)).not.toContain('sk-secret');
    expect(core.profiles.default().credentials).toMatchObject([{ field: 'environment', state: 'missing' }]);
    const empty = await problemOf(
      core.profiles.setCredentials(profileId, { environment: '# nothing\n' }, { sessionOnly: false }),
    );
    expect(empty?.code).toBe('invalid');
  });
});

describe('suggestions', () => {
  function withImages(answer: () => Promise<string[]> = async () => ['b:1', 'a:1', 'b:1']) {
    const driver = new ScriptedDriver();
    driver.manifest = {
      fields: [
        { kind: 'text', key: 'image', label: 'Image', suggests: true },
        { kind: 'text', key: 'color', label: 'Color' },
      ],
    };
    const asked: unknown[] = [];
    driver.more = {
      suggest: async (account, key) => {
        asked.push({ ...account, key });
        return answer();
      },
    };
    return { driver, asked };
  }
  const ask = (core: Core, settings: object, key = 'image') =>
    core.profiles.suggest({ driverType: 'local', profileId: null, settings: { ...settings }, key }, never1);

  test('are asked for with the form as it is, without what is typed into the field itself', async () => {
    const { driver, asked } = withImages();
    const { core } = await setUp(driver);
    expect(await ask(core, { image: 'half typ', color: 'red' })).toEqual(['b:1', 'a:1']);
    expect(asked).toMatchObject([{ settings: { color: 'red' }, credentials: {}, key: 'image' }]);
    expect(asked[0]).not.toMatchObject({ settings: { image: 'half typ' } });
  });

  test('there are none for another field, or while the form cannot be used yet', async () => {
    const { driver, asked } = withImages();
    const { core } = await setUp(driver);
    expect(await ask(core, {}, 'color')).toEqual([]);
    expect(await ask(core, {}, 'no-such-field')).toEqual([]);
    expect(await ask(core, { packages: 'nonsense' })).toEqual([]);
    expect(asked).toEqual([]);
  });

  test('without a key that is needed nobody is asked; an engine that fails says why', async () => {
    const { driver, asked } = withImages(async () =>
      Promise.reject(new SpecboardError('unreachable', 'No engine.')),
    );
    driver.manifest = { ...driver.manifest, credentials: [{ name: 'k', label: 'key', required: true }] };
    const { core, profileId } = await setUp(driver);
    expect(await ask(core, {})).toEqual([]);
    expect(asked).toEqual([]);
    await core.profiles.setCredentials(profileId, { k: 'key-1234' }, { sessionOnly: true });
    const about = { driverType: 'local', profileId, settings: {}, key: 'image' } as const;
    expect(await problemOf(core.profiles.suggest(about, never1))).toMatchObject({ message: 'No engine.' });
    expect(asked).toMatchObject([{ credentials: { k: 'key-1234' } }]);
  });

  describe('a key goes only where settings that were saved send it', () => {
    const fields: DriverManifest['fields'] = [
      { kind: 'text', key: 'image', label: 'Image', suggests: true },
      { kind: 'text', key: 'api', label: 'Address' },
      { kind: 'text', key: 'domain', label: 'Domain' },
    ];
    const saved = { image: 'saved:1', api: 'https://mine.example', domain: 'mine.example' };
    const keyed = async (env: Record<string, string> = {}) => {
      const { driver, asked } = withImages();
      const k = { name: 'k', label: 'key', required: true, environmentVariable: 'SOME_KEY' };
      driver.manifest = { fields, credentials: [k] };
      const { core } = await setUp(driver, { env });
      const { id } = core.profiles.create({ name: 'Mine', driverType: 'local', settings: saved });
      if (!env['SOME_KEY']) await core.profiles.setCredentials(id, { k: 'key-1234' }, { sessionOnly: true });
      const suggest = (form: JsonObject, profileId: string | null = id) => {
        const settings = { ...saved, ...form };
        return core.profiles.suggest({ driverType: 'local', profileId, settings, key: 'image' }, never1);
      };
      return { suggest, asked };
    };

    test('the form as it was saved, apart from the field itself, is asked about with the key', async () => {
      const { suggest, asked } = await keyed();
      expect(await suggest({ image: 'half typ' })).toEqual(['b:1', 'a:1']);
      expect(asked).toMatchObject([{ credentials: { k: 'key-1234' }, settings: saved }]);
    });

    test.each(['https://evil.example', 'http://127.0.0.1:1', ''])('never to %j in its place', async (api) => {
      const { suggest, asked } = await keyed();
      expect(await suggest({ api })).toEqual([]);
      expect(asked).toEqual([]);
    });

    test('whatever else the form says, the driver is asked with what was saved', async () => {
      const { suggest, asked } = await keyed();
      expect(await suggest({ domain: 'evil', packages: 'always' })).toEqual(['b:1', 'a:1']);
      expect(asked).toMatchObject([{ settings: saved }]);
      expect(asked).not.toMatchObject([{ settings: { packages: 'always' } }]);
    });

    test('the same for a key of the environment, and for a profile that is new', async () => {
      const { suggest, asked } = await keyed({ SOME_KEY: 'key-5678' });
      expect(await suggest({ api: 'https://evil.example' })).toEqual([]);
      expect(await suggest({ api: 'https://evil.example' }, null)).toEqual([]);
      expect(asked).toEqual([]);
      expect(await suggest({ api: '', domain: 'evil.example' }, null)).toEqual(['b:1', 'a:1']);
      expect(asked).toMatchObject([{ credentials: { k: 'key-5678' } }]);
      expect(JSON.stringify(asked)).not.toContain('evil');
    });
  });
});

test('a test of a profile gives its parts', async () => {
  const driver = new ScriptedDriver();
  const parts = [
    { name: 'Engine', ok: true, message: 'Docker 27.' },
    { name: 'Image', ok: false, message: 'There is no such image.', hint: 'Check its name.' },
  ];
  driver.more = { probe: async () => ({ ok: false, message: 'Not all of it works.', parts }) };
  const { core, profileId } = await setUp(driver);
  expect(await core.profiles.test(profileId, never1)).toEqual({
    ok: false,
    message: 'Not all of it works.',
    parts,
  });
});

describe('doctor', () => {
  const only = async (driver: ScriptedDriver, options: Parameters<typeof openTestCore>[0] = {}) => {
    const { core } = await setUp(driver, options);
    const checks = await runDiagnostics(core.diagnostics);
    return { core, checks, own: checks.filter((check) => check.driver === 'local') };
  };

  test('asks the driver, part by part, and says what it says', async () => {
    const driver = new ScriptedDriver();
    const parts = [
      { name: 'Python', ok: true, message: 'Python 3.13.' },
      { name: 'Sandbox', ok: false, message: 'Not there.', hint: 'Install it.' },
    ];
    driver.more = { probe: async () => ({ ok: false, message: 'x', parts }) };
    const { own, checks } = await only(driver);
    expect(own).toMatchObject([
      { name: 'Python', state: 'ok', message: 'Python 3.13.', driverLabel: 'Scripted' },
      { name: 'Sandbox', state: 'missing', message: 'Not there.', hint: 'Install it.' },
    ]);
    expect(canRunHere(checks)).toBe(true);
    expect(checks.map(({ name }) => name)).toEqual([
      'Data folder',
      'Python',
      'Sandbox',
      'Keyring',
      'Desktop app',
    ]);
  });

  test('tells a key that is not set as such, and does not ask the driver', async () => {
    const driver = new ScriptedDriver();
    let asked = 0;
    driver.manifest = {
      credentials: [
        { name: 'apiKey', label: 'API key', required: true, environmentVariable: 'SCRIPTED_KEY' },
      ],
    };
    driver.more = {
      probe: async () => {
        asked += 1;
        return { ok: true, message: 'The key works.' };
      },
    };
    const { own } = await only(driver);
    expect(own).toMatchObject([{ name: 'Scripted', state: 'unset', message: 'No API key is set.' }]);
    expect(own[0]?.hint).toContain('SCRIPTED_KEY');
    expect(asked).toBe(0);
    const set = await only(driver, { env: { SCRIPTED_KEY: 'key-1234' } });
    expect(set.own).toMatchObject([{ name: 'Scripted', state: 'ok', message: 'The key works.' }]);
  });

  test('looks at each profile that differs, once at those that do not', async () => {
    const driver = new ScriptedDriver();
    driver.more = {
      probe: async ({ settings }) => {
        const { color } = settings as { color?: string };
        return { ok: color !== 'red', message: color === 'red' ? 'Red is out.' : 'Fine.' };
      },
    };
    const { core } = await setUp(driver);
    core.profiles.create({ name: 'Same', driverType: 'local', settings: {} });
    core.profiles.create({ name: 'Red', driverType: 'local', settings: { color: 'red' } });
    const checks = (await runDiagnostics(core.diagnostics)).filter(({ driver: of }) => of === 'local');
    expect(checks).toMatchObject([
      { state: 'ok', message: 'Fine.' },
      { state: 'missing', message: 'Red is out.', profile: 'Red' },
    ]);
  });

  test('a driver that hangs or throws is one line of the report', async () => {
    const clock = new FakeClock();
    const hanging = new ScriptedDriver();
    hanging.more = { probe: () => never() };
    const { core } = await setUp(hanging, { clock });
    const running = runDiagnostics(core.diagnostics);
    await eventually('the probe runs', async () => {
      await clock.advance(11_000);
      return clock.now() > 1_000_000 + 22_000;
    });
    expect((await running).find(({ driver }) => driver === 'local')).toMatchObject({ state: 'missing' });
    const throwing = new ScriptedDriver();
    throwing.more = {
      probe: async () =>
        Promise.reject(new SpecboardError('engine-denied', 'Not allowed.', { hint: 'Ask.' })),
    };
    const { own } = await only(throwing);
    expect(own).toMatchObject([
      { name: 'Scripted', state: 'missing', message: 'Not allowed.', hint: 'Ask.' },
    ]);
  });
});

test('what streams and terminals throw later tells no secret either; one that was not begun is closed too', async () => {
  const secrets = new LiveSecrets();
  secrets.add('tok-12345');
  let closed = 0;
  const failing = () => ({
    [Symbol.asyncIterator]: () => ({
      next: async () => Promise.reject(new Error('tok-12345 was refused')),
      return: async () => {
        closed += 1;
        return { done: true as const, value: undefined };
      },
    }),
  });
  const driver = new ScriptedDriver();
  driver.more = {
    files: { ...folderFiles('/nowhere'), read: async () => failing() },
    openTerminal: async () => ({
      output: failing(),
      ended: never(),
      write: async () => Promise.reject(new Error('tok-12345 cannot be written')),
      resize: async () => {},
      close: async () => {},
    }),
  };
  const registry = redactedRegistry(driver.registry(), secrets);
  const redacted = await registry.get('local');
  const session = new ScriptedSession('box');
  const stream = await redacted.files?.read(session, 'a', never1);
  const iterator = stream?.[Symbol.asyncIterator]();
  await expect(iterator?.next()).rejects.toThrow(/Something went wrong/);
  await stream?.[Symbol.asyncIterator]().return?.();
  expect(closed).toBe(1);
  const terminal = await redacted.openTerminal?.(session, { cols: 1, rows: 1 }, {}, never1);
  const problem = await problemOf(Promise.resolve(terminal?.write(new Uint8Array(1))));
  expect(JSON.stringify(problem)).not.toContain('tok-12345');
  const output = terminal?.output[Symbol.asyncIterator]();
  expect(JSON.stringify(await problemOf(Promise.resolve(output?.next())))).not.toContain('tok-12345');
});

describe('folders in settings', () => {
  const manifest = {
    type: 'docker',
    fields: [{ kind: 'mounts', key: 'mounts', label: 'Folders' }],
  } as unknown as DriverManifest;
  const folders = () => new ChosenFolders({ registry: { manifests: () => [manifest] } });
  const mount = (source: string) => ({ source, target: '/mnt/a', writable: false });

  test('the window may only use one that a person chose, or that the profile had', () => {
    const chosen = folders();
    expect(() => chosen.check('docker', { mounts: [mount('/etc')] })).toThrow(/Choose the folder \/etc/);
    chosen.remember('/etc');
    chosen.remember(null);
    chosen.check('docker', { mounts: [mount('/etc')] });
    chosen.check('docker', { mounts: [mount('/had')] }, { mounts: [mount('/had')] });
    expect(() =>
      chosen.check('docker', { mounts: [mount('/had'), mount('/new')] }, { mounts: [mount('/had')] }),
    ).toThrow();
    // Other shapes are for the driver's schema to refuse.
    chosen.check('docker', { mounts: 'nonsense' });
    chosen.check('docker', { mounts: [null, 1, {}] });
  });
});
