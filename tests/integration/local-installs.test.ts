/**
 * Missing packages in a Local session, for real: pip in a second sandbox, wheels from an index on loopback, while the session
 * itself has no network. Once under isolation, once without.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { MissingPackage } from '../../src-main/drivers/driver.ts';
import type { LocalSession } from '../../src-main/drivers/local/local-session.ts';
import type { LocalSettings } from '../../src-main/drivers/local/manifest.ts';
import { type PackageIndex, startPackageIndex } from '../support/package-index.ts';
import { type Collected, processesWith, python, until } from '../support/runner.ts';
import { type LocalKit, plain, startLocalKit } from './local-support.ts';

const notices = ({ events }: Collected) =>
  events.flatMap((event) => (event.type === 'notice' ? [event.text] : [])).join('\n');

const ways = [
  { way: 'under isolation', options: {} },
  { way: 'without isolation', options: { isolation: plain } },
] as const;

// On other systems the second way is tried; the first needs what only Linux has in our tests.
describe.each(ways.filter(({ way }) => process.platform === 'linux' || way === 'without isolation'))(
  '$way',
  ({ options }) => {
    let kit: LocalKit;
    let index: PackageIndex;
    let clean: string;
    const open: LocalSession[] = [];
    beforeAll(() => {
      kit = startLocalKit({ ...options, env: { PATH: process.env.PATH, HOME: process.env.HOME } });
      // An environment of its own: what this machine has installed decides nothing.
      const venv = join(kit.dataFolder, 'clean');
      execFileSync(python, ['-m', 'venv', '--without-pip', venv]);
      clean = join(venv, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
    });
    afterAll(() => kit.stop());
    beforeEach(async () => {
      index = await startPackageIndex(python);
      index.add({
        name: 'scikit-learn',
        files: { 'sklearn/__init__.py': 'import joblib\nanswer = 42\n' },
        requires: ['joblib'],
      });
      index.add({ name: 'joblib', files: { 'joblib/__init__.py': '' } });
      index.add({ name: 'pyyaml', files: { 'yaml/__init__.py': 'name = "yaml"\n' } });
      index.add({ name: 'mytool', files: { 'mytool/__init__.py': 'name = "mine"\n' } });
    });
    afterEach(async () => {
      for (const session of open.splice(0)) await kit.end(session);
      await index.close();
    });

    async function connect(changes: Partial<LocalSettings>): Promise<LocalSession> {
      const settings = { python: clean, packageIndex: index.url, network: false, ...changes };
      const session = await kit.connect(settings, { consent: true });
      open.push(session);
      return session;
    }

    /** Answers every question the same way, and remembers what was asked. */
    function answering(answer: 'install' | 'always' | 'skip') {
      const asked: MissingPackage[] = [];
      const askInstall = async (packages: MissingPackage[]) => {
        asked.push(...packages);
        return answer;
      };
      return { asked, askInstall };
    }

    test('a known package is installed before the cell runs, with what it requires; the cell runs once', async () => {
      const session = await connect({ packages: 'always' });
      const ran = await kit.run(session, 'print("once")\nimport sklearn\nsklearn.answer');
      expect(ran.result.state, notices(ran)).toBe('succeeded');
      expect(ran.value).toBe('42');
      expect(ran.stdout).toBe('once\n');
      expect(notices(ran)).toMatch(/Installing scikit-learn[\s\S]*Installed scikit-learn/);
      expect(index.asked).toEqual(expect.arrayContaining(['scikit-learn', 'joblib']));
      // The notices come first: nothing of the cell ran while it was installed.
      expect(ran.events.findIndex(({ type }) => type === 'text')).toBeGreaterThan(
        ran.events.findLastIndex(({ type }) => type === 'notice'),
      );
      const child = await kit.run(
        session,
        'import subprocess, sys\nsubprocess.run([sys.executable, "-c", "import sklearn; print(sklearn.answer)"])\nNone',
      );
      expect(child.stdout, child.stderr).toBe('42\n');
    });

    test('the install had network, the session has none; its packages cannot be changed by code', async () => {
      const session = await connect({ packages: 'always' });
      await kit.run(session, 'import sklearn');
      if (session.isolation === 'none') return; // nothing is kept from the code then, and the session says so
      const { hostname, port } = new URL(index.url);
      const reach = `import socket\nsocket.create_connection(("${hostname}", ${port}), 5)`;
      expect((await kit.run(session, reach)).result.error?.name).toBe('ConnectionRefusedError');
      const change = await kit.run(session, 'open(sklearn.__file__, "a")');
      expect(change.result.error).toMatchObject({ name: 'OSError' });
    });

    test('"ask": asked once with how far the name can be trusted; a yes installs what was shown', async () => {
      const session = await connect({ packages: 'ask' });
      const { asked, askInstall } = answering('install');
      const ran = await kit.run(session, 'import yaml\nyaml.name', { askInstall });
      expect(ran.value).toBe('yaml');
      expect(asked).toEqual([{ module: 'yaml', distribution: 'pyyaml', trust: 'known' }]);
      // A yes is for this package: the next one is asked about again.
      await kit.run(session, 'import sklearn', { askInstall });
      expect(asked.map(({ module }) => module)).toEqual(['yaml', 'sklearn']);
    });

    test('"ask": a no is a no, and with nobody to ask nothing is installed', async () => {
      const session = await connect({ packages: 'ask' });
      const { asked, askInstall } = answering('skip');
      for (const options of [{ askInstall }, {}]) {
        const ran = await kit.run(session, 'import yaml', options);
        expect(ran.result).toMatchObject({
          state: 'failed',
          error: { name: 'ModuleNotFoundError', module: 'yaml' },
        });
        expect(notices(ran)).toContain('pyyaml');
      }
      expect(asked).toHaveLength(1);
      expect(index.asked).toEqual([]);
    });

    test('"always" as an answer holds for the session, for known packages, and for no other session', async () => {
      const session = await connect({ packages: 'ask' });
      const { asked, askInstall } = answering('always');
      await kit.run(session, 'import yaml', { askInstall });
      expect((await kit.run(session, 'import sklearn\nsklearn.answer', { askInstall })).value).toBe('42');
      expect(asked.map(({ module }) => module)).toEqual(['yaml']);
      await kit.run(session, 'import mytool', { askInstall });
      expect(asked.map(({ module }) => module)).toEqual(['yaml', 'mytool']);
      const other = await connect({ packages: 'ask' });
      await kit.run(other, 'import yaml', answeringInto(asked));
      expect(asked).toHaveLength(3);
    });

    test('a guess is never installed silently, whatever the profile says', async () => {
      const session = await connect({ packages: 'always' });
      const silent = await kit.run(session, 'import mytool');
      expect(silent.result.error).toMatchObject({ name: 'ModuleNotFoundError', module: 'mytool' });
      expect(index.asked).toEqual([]);
      const { asked, askInstall } = answering('install');
      const ran = await kit.run(session, 'import mytool\nmytool.name', { askInstall });
      expect(asked).toEqual([{ module: 'mytool', distribution: 'mytool', trust: 'guess' }]);
      expect(ran.value).toBe('mine');
    });

    test('a name one letter from a known one is asked about as suspicious', async () => {
      index.add({ name: 'nunpy', files: { 'nunpy/__init__.py': 'raise SystemExit("trapped")\n' } });
      const session = await connect({ packages: 'always' });
      const { asked, askInstall } = answering('skip');
      await kit.run(session, 'import nunpy', { askInstall });
      expect(asked).toEqual([{ module: 'nunpy', distribution: 'nunpy', trust: 'suspicious' }]);
      expect(index.asked).toEqual([]);
    });

    test('"never" installs nothing, asks nobody, and says so', async () => {
      const session = await connect({ packages: 'never' });
      const { asked, askInstall } = answering('install');
      const ran = await kit.run(session, 'import yaml', { askInstall });
      expect(ran.result.error?.name).toBe('ModuleNotFoundError');
      expect(notices(ran)).toContain('installs nothing');
      expect([asked, index.asked]).toEqual([[], []]);
    });

    test('an install that fails says why, and the session goes on', async () => {
      index.add({ name: 'beautifulsoup4', kind: 'source' });
      const session = await connect({ packages: 'always' });
      const absent = await kit.run(session, 'import cv2');
      expect(absent.result.error).toMatchObject({ name: 'ModuleNotFoundError', module: 'cv2' });
      expect(notices(absent)).toContain('no package of this name exists in the index');
      // Building from source runs the package's own code while it is installed.
      const source = await kit.run(session, 'import bs4');
      expect(source.result.error?.module).toBe('bs4');
      expect(notices(source)).toContain('no ready-built file');
      expect((await kit.run(session, 'import yaml\nyaml.name')).value).toBe('yaml');
    });

    test('an index that is not there is told apart from a wrong name', async () => {
      const session = await connect({ packages: 'always', packageIndex: 'http://127.0.0.1:9/simple/' });
      const ran = await kit.run(session, 'import yaml');
      expect(notices(ran)).toContain('the package index cannot be reached');
    });

    test('cancelling while it installs leaves nothing of the install', async () => {
      index.stall();
      const session = await connect({ packages: 'always' });
      const controller = new AbortController();
      const running = kit.run(session, 'print("never")\nimport sklearn', { signal: controller.signal });
      await until('the install runs', () => processesWith(`--index-url\0${index.url}`).length > 0);
      controller.abort();
      const ran = await running;
      expect(ran.result.state).toBe('cancelled');
      expect(ran.stdout).toBe('');
      await until('the install is gone', () => processesWith(index.url).length === 0);
      expect((await kit.run(session, '"next"')).value).toBe('next');
    });

    test('disconnecting while it installs ends the install, and removes what was installed', async () => {
      const session = await connect({ packages: 'always' });
      await kit.run(session, 'import yaml');
      expect(existsSync(session.folders.packages)).toBe(true);
      index.stall();
      const running = kit.run(session, 'import sklearn').catch((error: unknown) => error);
      await until('the install runs', () => processesWith(`--index-url\0${index.url}`).length > 0);
      await kit.end(session);
      await until('the install is gone', () => processesWith(index.url).length === 0);
      await running;
      expect(existsSync(session.folders.root)).toBe(false);
    });
  },
);

function answeringInto(asked: MissingPackage[]) {
  return {
    askInstall: async (packages: MissingPackage[]) => {
      asked.push(...packages);
      return 'skip' as const;
    },
  };
}
