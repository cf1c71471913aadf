/** Missing packages, for real: a virtual environment, pip, and an index on loopback. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { MissingPackage } from '../../src-main/drivers/driver.ts';
import { executeWithInstalls, type InstallFlow } from '../../src-main/runner/execute-with-installs.ts';
import { runnerInstaller } from '../../src-main/runner/install.ts';
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import { type PackageIndex, startPackageIndex } from '../support/package-index.ts';
import {
  type Collected,
  CollectingSink,
  python,
  startRunner,
  type TestRunner,
  until,
} from '../support/runner.ts';

let folder: string;
let index: PackageIndex;
let runner: TestRunner;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sb-venv-'));
  execFileSync(python, ['-m', 'venv', '--without-pip', folder]);
  index = await startPackageIndex(python);
  index.add({
    name: 'scikit-learn',
    files: { 'sklearn/__init__.py': 'answer = 42\n' },
    requires: ['joblib'],
  });
  index.add({ name: 'joblib', files: { 'joblib/__init__.py': '' } });
  index.add({ name: 'pyyaml', files: { 'yaml/__init__.py': 'def safe_load(s): return {"loaded": s}\n' } });
  index.add({ name: 'mytool', files: { 'mytool/__init__.py': 'name = "mine"\n' } });
  runner = await startRunner({
    python: join(folder, 'bin/python'),
    // Nothing of this machine's pip settings may decide what the tests see.
    env: {
      PIP_CONFIG_FILE: devNull,
      PIP_FIND_LINKS: '',
      PIP_INDEX_URL: '',
      PIP_NO_CACHE_DIR: '1',
      NO_PROXY: '127.0.0.1',
    },
  });
});
afterEach(async () => {
  await runner.stop();
  await index.close();
  rmSync(folder, { recursive: true, force: true });
});

type Settings = Partial<Pick<InstallFlow, 'policy' | 'ask' | 'installer' | 'signal'>> & {
  timeoutMs?: number;
};

async function run(code: string, settings: Settings = {}): Promise<Collected> {
  const sink = new CollectingSink();
  const { timeoutMs, ...flow } = settings;
  const result = await executeWithInstalls({
    client: runner.client,
    request: { language: 'python', code },
    sink,
    signal: new AbortController().signal,
    policy: 'always',
    installer: runnerInstaller(runner.client, { indexUrl: index.url, ...(timeoutMs ? { timeoutMs } : {}) }),
    ...flow,
  });
  return sink.collected(result);
}

function notices(ran: Collected): string {
  return ran.events
    .map((event) => (event.type === 'notice' ? `${event.level}: ${event.text}` : ''))
    .join('\n');
}

test('a known package is installed before the cell runs, with its requirements, and the cell runs once', async () => {
  const ran = await run('print("once")\nimport sklearn\nsklearn.answer');
  expect(ran.result).toMatchObject({ state: 'succeeded' });
  expect(ran.value).toBe('42');
  expect(ran.stdout).toBe('once\n');
  expect(notices(ran)).toMatch(
    /info: Installing scikit-learn \.\.\.[\s\S]*(?:Successfully installed joblib-1\.0 scikit-learn-1\.0|\+ scikit-learn==1\.0)/,
  );
  expect(index.asked).toContain('scikit-learn');
  expect(index.asked).not.toContain('sklearn');
  // Now it is there: nothing is said or asked again.
  expect((await run('import sklearn')).events).toEqual([]);
});

test('the person is asked, with how far the name can be trusted, and a no is a no', async () => {
  const asked: MissingPackage[][] = [];
  const ask = async (packages: MissingPackage[]) => {
    asked.push(packages);
    return 'skip' as const;
  };
  const ran = await run('import yaml, mytool, nunpy', { policy: 'ask', ask });
  expect(asked).toEqual([
    [
      { module: 'yaml', distribution: 'pyyaml', trust: 'known' },
      { module: 'mytool', distribution: 'mytool', trust: 'guess' },
      { module: 'nunpy', distribution: 'nunpy', trust: 'suspicious' },
    ],
  ]);
  expect(ran.result).toMatchObject({
    state: 'failed',
    error: { name: 'ModuleNotFoundError', module: 'yaml' },
  });
  expect(ran.events.filter((event) => event.type === 'error')).toHaveLength(1);
  expect(index.asked).toEqual([]);
});

test('a yes installs what was shown', async () => {
  const ran = await run('import mytool\nmytool.name', { policy: 'ask', ask: async () => 'install' });
  expect(ran.value).toBe('mine');
});

test('a guess is never installed silently', async () => {
  const ran = await run('import mytool', { policy: 'always' });
  expect(ran.result).toMatchObject({ state: 'failed', error: { module: 'mytool' } });
  expect(notices(ran)).toContain('mytool is not installed (package mytool)');
  expect(index.asked).toEqual([]);
});

test('"never" installs nothing and asks nobody', async () => {
  const ask = async (): Promise<'install'> => {
    throw new Error('nobody may be asked');
  };
  const ran = await run('import yaml', { policy: 'never', ask });
  expect(ran.result.error?.module).toBe('yaml');
  expect(notices(ran)).toContain('installs nothing by itself');
  expect(index.asked).toEqual([]);
});

test('an import that shows only while the cell runs: it runs again from its start, and says so', async () => {
  const code = 'print("start")\ntry:\n  import yaml\nexcept ZeroDivisionError: pass\nyaml.safe_load("x")';
  const ran = await run(code);
  expect(ran.result.state).toBe('succeeded');
  expect(ran.value).toBe("{'loaded': 'x'}");
  expect(ran.stdout).toBe('start\nstart\n');
  expect(notices(ran)).toContain('The cell runs again from its start.');
  expect(ran.events.some((event) => event.type === 'error')).toBe(false);
});

test('an optional import that is caught is left alone', async () => {
  const ran = await run('try:\n  import yaml\nexcept ImportError:\n  yaml = None\nprint(yaml)');
  expect(ran.stdout).toBe('None\n');
  expect(index.asked).toEqual([]);
});

test('a part of an installed module that is missing is no package', async () => {
  const ran = await run('import json.nothing');
  expect(ran.result.error?.name).toBe('ModuleNotFoundError');
  expect(ran.events).toHaveLength(1);
});

test('names that no package stands for are explained', async () => {
  const ran = await run('import google.cloud.thing');
  expect(notices(ran)).toContain('many packages share this name');
  expect(index.asked).toEqual([]);
});

test.each([
  ['a package that is not there', 'numpy', undefined, /no package of this name exists/],
  ['one that exists only as source', 'numpy', { name: 'numpy', kind: 'source' }, /no ready-built file/],
  ['one built for another system', 'numpy', { name: 'numpy', kind: 'foreign' }, /no ready-built file/],
  [
    'requirements that exclude each other',
    'numpy',
    { name: 'numpy', requires: ['joblib==1.0', 'joblib==2.0'] },
    /do not fit together/,
  ],
] as const)('%s: the failure says why, and the cell fails as it would', async (_what, module, item, why) => {
  if (item) index.add({ ...item, requires: 'requires' in item ? [...item.requires] : [] });
  const ran = await run(`import ${module}`);
  expect(notices(ran)).toMatch(/warning: numpy could not be installed/);
  expect(notices(ran)).toMatch(why);
  expect(ran.result).toMatchObject({ state: 'failed', error: { name: 'ModuleNotFoundError', module } });
});

test('no network is told apart from a wrong name', async () => {
  const installer = runnerInstaller(runner.client, { indexUrl: 'http://127.0.0.1:1/simple/' });
  expect(notices(await run('import yaml', { installer }))).toMatch(/the package index cannot be reached/);
});

test('an install that hangs ends at its deadline', async () => {
  index.stall();
  const ran = await run('import yaml', { timeoutMs: 2500 });
  expect(notices(ran)).toMatch(/it took too long/);
  expect((await runner.run('1')).value).toBe('1');
});

test('cancelling while it installs, or while the question is open, cancels the execution', async () => {
  index.stall();
  const abort = new AbortController();
  const sink = new CollectingSink();
  const flow = {
    client: runner.client,
    sink,
    signal: abort.signal,
    request: { language: 'python', code: 'import yaml' },
  } as const;
  const installer = runnerInstaller(runner.client, { indexUrl: index.url });
  const installing = executeWithInstalls({ ...flow, policy: 'always', installer });
  await until('it installs', () => sink.events.some((event) => event.type === 'notice'));
  abort.abort();
  expect(await installing).toMatchObject({ state: 'cancelled' });

  const second = new AbortController();
  const { promise: asking, resolve } = Promise.withResolvers<void>();
  const ask = (): Promise<'install'> => {
    resolve();
    return new Promise(() => {});
  };
  const open = run('import yaml', { policy: 'ask', ask, signal: second.signal });
  await asking;
  second.abort(new SpecboardError('timeout', 'too long'));
  expect((await open).result.state).toBe('timed-out');
});

test('an installer of the driver is used, and its failure is told', async () => {
  const installed: string[] = [];
  const ran = await run('import yaml', {
    installer: async (packages, onProgress) => {
      installed.push(...packages.map((item) => item.distribution));
      await onProgress('elsewhere');
      return { ok: false, kind: 'no-space', message: 'No space.', hint: 'Free some.' };
    },
  });
  expect(installed).toEqual(['pyyaml']);
  expect(notices(ran)).toMatch(/info: elsewhere\nwarning: No space\. Free some\./);
});
