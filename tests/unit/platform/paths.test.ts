/** Where things are, on three systems, for window and command line alike. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };
import { appPaths, dataFolder, dataPaths, findAppRoot } from '../../../src-main/platform/paths.ts';

test.each<[string, Record<string, string>, NodeJS.Platform, string, string]>([
  ['macOS', {}, 'darwin', '/Users/ada', '/Users/ada/Library/Application Support/SpecBoard'],
  [
    'Windows',
    { APPDATA: 'C:\\Users\\ada\\AppData\\Roaming' },
    'win32',
    'C:\\Users\\ada',
    'C:\\Users\\ada\\AppData\\Roaming\\SpecBoard',
  ],
  ['Windows without APPDATA', {}, 'win32', 'C:\\Users\\ada', 'C:\\Users\\ada\\AppData\\Roaming\\SpecBoard'],
  ['Linux', {}, 'linux', '/home/ada', '/home/ada/.config/SpecBoard'],
  ['Linux with XDG', { XDG_CONFIG_HOME: '/x/config' }, 'linux', '/home/ada', '/x/config/SpecBoard'],
  [
    'Linux with a relative XDG',
    { XDG_CONFIG_HOME: 'config' },
    'linux',
    '/home/ada',
    '/home/ada/.config/SpecBoard',
  ],
  ['a chosen folder', { SPECBOARD_HOME: '/data/board/' }, 'linux', '/home/ada', '/data/board/'],
  ['a chosen folder on Windows', { SPECBOARD_HOME: 'D:\\board' }, 'win32', 'C:\\Users\\ada', 'D:\\board'],
  [
    'an empty choice',
    { SPECBOARD_HOME: '' },
    'darwin',
    '/Users/ada',
    '/Users/ada/Library/Application Support/SpecBoard',
  ],
])('%s', (_what, env, platform, home, expected) => {
  expect(dataFolder(env, platform, home)).toBe(expected);
});

test('the folder is called as Electron calls it', () => {
  expect(dataFolder({}, 'linux', '/h').endsWith(`/${packageJson.productName}`)).toBe(true);
});

test('a relative SPECBOARD_HOME is refused', () => {
  expect(() => dataFolder({ SPECBOARD_HOME: 'board' }, 'linux', '/h')).toThrow('absolute');
});

test('names within the data folder', () => {
  expect(dataPaths('/d')).toEqual({
    folder: '/d',
    database: join('/d', 'specboard.db'),
    logs: join('/d', 'logs'),
  });
});

test('shipped files: from a checkout, and beside the archive of an installed app', () => {
  const root = '/app';
  expect(appPaths({ packaged: false, resourcesPath: '/electron/resources', root })).toEqual({
    migrations: join(root, 'migrations'),
    resources: join(root, 'resources'),
    renderer: join(root, 'dist', 'renderer'),
    preload: join(root, 'dist', 'preload', 'index.cjs'),
  });
  const installed = appPaths({
    packaged: true,
    resourcesPath: '/opt/resources',
    root: '/opt/resources/app.asar',
  });
  expect(installed).toEqual({
    migrations: join('/opt/resources', 'migrations'),
    resources: join('/opt/resources', 'resources'),
    renderer: join('/opt/resources/app.asar', 'dist', 'renderer'),
    preload: join('/opt/resources/app.asar', 'dist', 'preload', 'index.cjs'),
  });
});

test('the root is found upwards from any depth, past other packages', async () => {
  const checkout = resolve(import.meta.dirname, '..', '..', '..');
  expect(findAppRoot(import.meta.dirname)).toBe(checkout);
  const folder = await mkdtemp(join(tmpdir(), 'specboard-root-'));
  try {
    const deep = join(folder, 'dist', 'main', 'chunks');
    await mkdir(deep, { recursive: true });
    await writeFile(join(folder, 'dist', 'package.json'), '{"name":"other"}');
    await writeFile(join(folder, 'dist', 'main', 'package.json'), 'not json');
    await writeFile(join(folder, 'package.json'), '{"name":"specboard"}');
    expect(findAppRoot(deep)).toBe(folder);
    await rm(join(folder, 'package.json'));
    expect(() => findAppRoot(deep)).toThrow('not found');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
