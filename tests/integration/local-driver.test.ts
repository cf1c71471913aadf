/** The Local driver beyond what every driver has: consent, limits, probing, its folders, its end. */
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findPython } from '../../src-main/drivers/local/find-python.ts';
import { localSettingsSchema } from '../../src-main/drivers/local/manifest.ts';
import { createDriverRegistry } from '../../src-main/drivers/registry.ts';
import { fieldSchema } from '../../src-shared/domain/driver-manifest.ts';
import type { OutputEvent } from '../../src-shared/domain/execution.ts';
import { processesWith, uniqueSeconds, until } from '../support/runner.ts';
import { type LocalKit, never, plain, problemOf, startLocalKit } from './local-support.ts';

const linux = process.platform === 'linux';
let kit: LocalKit;
beforeAll(() => {
  kit = startLocalKit(linux ? {} : { isolation: plain });
});
afterAll(() => kit.stop());

describe('without isolation', () => {
  test('it runs only with consent, and says all the time that it is not isolated', async () => {
    const open = startLocalKit({
      isolation: plain,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, E2B_API_KEY: 'canary' },
    });
    const problem = await problemOf(open.connect());
    expect(problem.code).toBe('consent-needed');
    expect(problem.message).toContain('Code would run as you, on your own files.');
    expect(readdirSync(open.workFolder).filter((name) => name !== 'python.json')).toEqual([]);
    const once = await open.connect({}, { consent: true });
    expect(once).toMatchObject({ isolation: 'none', warnings: [expect.stringContaining('Not isolated')] });
    expect((await open.shell(once, 'env')).stdout).not.toContain('canary');
    const always = await open.connect({ allowUnisolated: true });
    const seconds = uniqueSeconds();
    await open.shell(always, `setsid sleep ${seconds} >/dev/null 2>&1 & :`);
    await open.end(always);
    expect(linux ? processesWith(String(seconds)) : []).toEqual([]);
    await open.stop();
  });

  test.runIf(linux)(
    'a system without bubblewrap says how to get it, and finds it once it is there',
    async () => {
      const empty = join(kit.dataFolder, 'empty-path');
      mkdirSync(empty);
      symlinkSync((await pythonHere()).executable, join(empty, 'python3'));
      writeFileSync(
        join(empty, 'bwrap'),
        '#!/bin/sh\necho "bwrap: setting up uid map: Permission denied" >&2\nexit 1\n',
        { mode: 0o755 },
      );
      const broken = startLocalKit({ env: { PATH: empty } });
      const report = await broken.driver.probe({ settings: broken.settings(), credentials: {} }, never);
      expect(report.ok).toBe(true);
      expect(report.parts).toMatchObject([
        { name: 'Python', ok: true },
        { name: 'Sandbox', ok: false },
      ]);
      expect(report.message).toContain('does not allow');
      expect(report.hint).toMatch(/apparmor|container/i);
      expect((await problemOf(broken.connect())).code).toBe('consent-needed');
      await broken.stop();
    },
  );
});

function pythonHere() {
  const cacheFile = join(kit.dataFolder, `python-${Math.random()}.json`);
  return findPython({ chosen: '', env: process.env, cacheFile, now: Date.now }, never);
}

describe('finding Python', () => {
  test('a chosen interpreter that is none is told at its field', async () => {
    const problem = await problemOf(kit.connect({ python: join(kit.dataFolder, 'no-python') }));
    expect(problem).toMatchObject({ code: 'invalid', problem: { fields: { python: expect.any(String) } } });
  });

  test.runIf(linux)('behind a shim the interpreter itself is found, and asked for only once', async () => {
    const { executable } = await pythonHere();
    const folder = join(kit.dataFolder, 'shims');
    mkdirSync(folder);
    const log = join(folder, 'asked');
    writeFileSync(join(folder, 'python3'), `#!/bin/sh\necho asked >> ${log}\nexec ${executable} "$@"\n`, {
      mode: 0o755,
    });
    let now = 1e12;
    const find = () =>
      findPython(
        { chosen: '', env: { PATH: folder }, cacheFile: join(folder, 'cache.json'), now: () => now },
        never,
      );
    expect((await find()).executable).toBe(executable);
    expect((await find()).executable).toBe(executable);
    const { readFileSync } = await import('node:fs');
    expect(readFileSync(log, 'utf8')).toBe('asked\n');
    now += 2 * 3_600_000;
    await find();
    expect(readFileSync(log, 'utf8')).toBe('asked\nasked\n');
  });

  test.runIf(linux)('one that is too old, or does not start, is passed over', async () => {
    const folder = join(kit.dataFolder, 'old');
    mkdirSync(folder);
    const says = '{"executable":"/old/python","version":[2,7,18],"prefix":"/old","basePrefix":"/old"}';
    writeFileSync(join(folder, 'python3'), `#!/bin/sh\necho '${says}'\n`, { mode: 0o755 });
    writeFileSync(join(folder, 'python'), '#!/bin/sh\nexit 9\n', { mode: 0o755 });
    const cacheFile = join(folder, 'cache.json');
    const found = await findPython({ chosen: '', env: { PATH: folder }, cacheFile, now: Date.now }, never);
    expect(found.version[0]).toBe(3);
    const chosen = findPython({ chosen: join(folder, 'python3'), env: {}, cacheFile, now: Date.now }, never);
    expect((await problemOf(chosen)).message).toContain('is Python 2.7.18, which is too old');
  });

  test.runIf(linux)(
    'a virtual environment in a home folder shows its packages and nothing beside it',
    async () => {
      const folder = join(kit.dataFolder, 'project/.venv');
      const { executable } = await pythonHere();
      const { execFileSync } = await import('node:child_process');
      execFileSync(executable, ['-m', 'venv', '--without-pip', folder]);
      writeFileSync(join(kit.dataFolder, 'project/diary.txt'), 'private');
      const site =
        readdirSync(join(folder, 'lib')).map((name) => join(folder, 'lib', name, 'site-packages'))[0] ?? '';
      writeFileSync(join(site, 'of_the_project.py'), 'value = 5');
      const session = await kit.connect({ python: join(folder, 'bin/python') });
      expect((await kit.run(session, 'import of_the_project\nof_the_project.value')).value).toBe('5');
      const seen = await kit.run(
        session,
        `import os\nos.listdir(${JSON.stringify(join(kit.dataFolder, 'project'))})`,
      );
      expect(seen.value).toBe("['.venv']");
      await kit.end(session);
    },
  );
});

describe.runIf(linux)('limits', () => {
  test('memory, the size of a file', async () => {
    const session = await kit.connect({ memoryMb: 128, diskMb: 16 });
    expect((await kit.run(session, 'x = bytearray(300_000_000)')).result.error?.name).toBe('MemoryError');
    const big = await kit.run(
      session,
      'with open("big", "wb") as f:\n    for _ in range(40): f.write(bytes(1_000_000))',
    );
    expect(big.result.error).toMatchObject({
      name: 'OSError',
      value: expect.stringContaining('File too large'),
    });
    expect((await kit.run(session, '"alive"')).value).toBe('alive');
    await kit.end(session);
  });

  test('code that fills the disk with many files is ended, and says why; removing them works', async () => {
    const quick = startLocalKit({ diskEveryMs: 50 });
    const session = await quick.connect({ diskMb: 16 });
    await quick.run(session, 'kept = 1');
    const { result } = await quick.run(
      session,
      'import itertools, time\nfor n in itertools.count():\n    open(f"f{n}", "wb").write(bytes(1_000_000)); time.sleep(0.005)',
    );
    expect(result).toMatchObject({
      state: 'failed',
      problem: { code: 'no-space' },
      reason: expect.stringContaining('16 MB'),
    });
    const usage = await quick.driver.metrics?.(session, never);
    expect(usage?.diskUsed).toBeGreaterThan(16_000_000);
    expect(usage?.diskTotal).toBe(16 * 1_048_576);
    expect((await quick.run(session, 'import os\nfor f in os.listdir(): os.remove(f)\nkept')).value).toBe(
      '1',
    );
    await quick.stop();
  });
});

describe('life', () => {
  test('Python that dies between two executions is told as late output', async () => {
    const session = await kit.connect();
    const late: OutputEvent[] = [];
    session.onLateOutput((event) => late.push(event));
    await kit.run(session, 'import threading, os\nthreading.Timer(0.05, os._exit, [1]).start()');
    await until('the notice', () => late.length > 0);
    expect(late).toMatchObject([
      { type: 'notice', level: 'warning', text: expect.stringContaining('variables are gone') },
    ]);
    late.length = 0;
    await kit.driver.resetKernel?.(session, never);
    await kit.run(session, 'import threading\nthreading.Timer(0.05, print, ["later"]).start()');
    await until('the output', () => late.length > 0);
    expect(late).toMatchObject([{ type: 'text', stream: 'stdout' }]);
    await kit.end(session);
  });

  test('an id that is a path in disguise gets no folder', async () => {
    const marker = join(kit.dataFolder, 'marker');
    writeFileSync(marker, 'x');
    expect((await problemOf(kit.connect({}, { sessionId: '../marker' }))).code).toBe('internal');
    await kit.driver.endRemote?.({ settings: kit.settings(), credentials: {} }, '../marker', never);
    await kit.driver.endRemote?.({ settings: kit.settings(), credentials: {} }, '', never);
    expect(existsSync(marker)).toBe(true);
  });

  test('a folder left by a crash is removed on request', async () => {
    const stray = join(kit.workFolder, '00000000-0000-4000-8000-000000000000');
    mkdirSync(join(stray, 'workspace'), { recursive: true });
    await kit.driver.endRemote?.(
      { settings: kit.settings(), credentials: {} },
      '00000000-0000-4000-8000-000000000000',
      never,
    );
    expect(existsSync(stray)).toBe(false);
  });

  test('a working folder that is not there is told at its field', async () => {
    const problem = await problemOf(kit.connect({ folder: join(kit.dataFolder, 'nowhere') }));
    expect(problem).toMatchObject({ code: 'not-found', problem: { fields: { folder: expect.any(String) } } });
  });

  test.runIf(linux)('twenty sessions leave no descriptor, process or folder', async () => {
    await kit.end(await kit.connect());
    const open = () => readdirSync('/proc/self/fd').length;
    const before = open();
    for (let round = 0; round < 5; round += 1) {
      const sessions = await Promise.all([1, 2, 3, 4].map(() => kit.connect()));
      await Promise.all(sessions.map((session) => kit.run(session, '1')));
      await Promise.all(sessions.map((session) => kit.end(session)));
    }
    await until('the descriptors are closed', () => open() <= before);
    expect(readdirSync(kit.workFolder)).toEqual(['python.json']);
  });
});

describe('settings', () => {
  test.each([
    [{ memoryMb: 1 }, 'Enter a number of megabytes from 64 to 1048576.'],
    [{ memoryMb: 'much' }, 'Enter a number of megabytes from 64 to 1048576.'],
    [{ maxProcesses: 1.5 }, 'Enter a number of processes from 8 to 65536.'],
    [{ diskMb: 0 }, 'Enter a number of megabytes from 16 to 1048576.'],
    [{ python: 'python3' }, 'Enter the full path of a Python interpreter, or leave it empty.'],
    [{ folder: 'here' }, 'Enter the full path of a folder, or leave it empty.'],
    [{ packages: 'sometimes' }, 'Choose ask, always or never.'],
    [{ environment: { '1A': 'x' } }, 'Names have letters, digits and _, and do not start with a digit.'],
    [{ packageIndex: 'pypi' }, 'Enter an address that starts with https://.'],
  ])('%j: %s', (input, message) => {
    const { error } = localSettingsSchema.safeParse(input);
    expect(JSON.stringify(error?.issues)).toContain(message);
  });

  test('every field of the form is a setting, and every setting has a field', () => {
    const { fields } = kit.driver.manifest;
    for (const field of fields) fieldSchema.parse(field);
    expect(fields.map(({ key }) => key).sort()).toEqual(Object.keys(localSettingsSchema.parse({})).sort());
  });
});

test('the registry lists drivers without loading them, and refuses one that is not there', async () => {
  const context = {
    installationId: 'x',
    workFolder: kit.workFolder,
    resourcesFolder: '',
    appVersion: '',
    env: {},
    now: Date.now,
    log: () => {},
  };
  const registry = createDriverRegistry(context);
  expect(registry.manifests().map(({ type }) => type)).toContain('local');
  for (const manifest of registry.manifests()) {
    expect(registry.settingsSchema(manifest.type).safeParse(manifest.defaults).success).toBe(true);
    expect((await registry.get(manifest.type)).manifest).toBe(manifest);
  }
  expect(await registry.get('local')).toBe(await registry.get('local'));
  expect((await problemOf(registry.get('nothing' as 'local'))).code).toBe('unsupported');
});
