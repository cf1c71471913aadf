/** What every package must hold, and that it holds nothing else; the same list for three systems. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect } from 'vitest';

const require = createRequire(import.meta.url);
const asar = require('@electron/asar') as {
  listPackage: (file: string, options: { isPack: boolean }) => string[];
  extractFile: (file: string, name: string) => Buffer;
};

/** A system as prebuilt files name it. */
export type Prebuild = 'linux-x64' | 'win32-x64' | 'darwin-x64';

/** Bytes; today 12.6 MB (2.1 of them the window) and 2.5 MB. The rest is Electron. */
const most = { asar: 13_500_000, unpacked: 4_000_000, resources: 2_000_000 };

/** Expects the contents of a package's folder of resources. */
export function expectContents(resources: string, prebuild: Prebuild): void {
  const archive = join(resources, 'app.asar');
  const files = asar
    .listPackage(archive, { isPack: false })
    .map((file) => file.replaceAll('\\', '/').slice(1));

  // The app itself, built: the three parts and what they load later, no sources, no maps.
  const own = files.filter((file) => !file.startsWith('node_modules'));
  const known =
    /^(package\.json|dist(\/(main|preload|renderer)(\/(index|cli|sync-worker)\.(c?js|html)|\/(chunks|assets)(\/[\w.-]+\.(js|css|woff2))?)?)?)$/;
  expect(own.filter((file) => !known.test(file))).toEqual([]);
  expect(own).toEqual(
    expect.arrayContaining([
      'dist/main/index.js',
      'dist/main/cli.js',
      'dist/main/sync-worker.js',
      'dist/preload/index.cjs',
      'dist/renderer/index.html',
    ]),
  );
  const manifest = JSON.parse(asar.extractFile(archive, 'package.json').toString()) as Record<
    string,
    unknown
  >;
  expect(manifest).toMatchObject({ main: 'dist/main/index.js', productName: 'SpecBoard' });
  expect(manifest).not.toHaveProperty('devDependencies');

  // Of the packages only those that run, and of them only what runs here.
  const modules = new Set(
    files.flatMap((file) => /^node_modules\/((?:@[^/]+\/)?[^@/]+)/.exec(file)?.[1] ?? []),
  );
  expect([...modules].sort()).toEqual(runtimeModules());
  const needless =
    /(\.(map|[cm]?tsx?|c|cc|cpp|h|gyp|gypi|flow|tsbuildinfo)|\/(tests?|__tests__|docs|examples?|deps|\.bin))$/;
  expect(files.filter((file) => needless.test(file))).toEqual([]);
  const expected = [`better-sqlite3/prebuilds/${prebuild}.node`, `keytar/prebuilds/${prebuild}/`];
  const natives = files.filter((file) => file.endsWith('.node'));
  expect(natives).toHaveLength(2);
  for (const part of expected) expect(natives.filter((file) => file.includes(part))).toHaveLength(1);
  // A native file cannot be loaded out of an archive.
  const unpacked = below(join(resources, 'app.asar.unpacked'));
  for (const file of natives) expect(unpacked).toContain(file);

  // Beside the archive, where src-main/platform/paths.ts looks.
  const beside = below(resources).filter((file) => /^(migrations|resources)\//.test(file));
  expect(beside).toEqual(
    expect.arrayContaining([
      'migrations/meta/_journal.json',
      'resources/runner.py',
      'resources/keeper.py',
      'resources/filekit.py',
      'resources/icons/512x512.png',
      'resources/tray/linux/ready-22.png',
      'resources/tray/macos/readyTemplate.png',
      'resources/tray/windows/ready-light.ico',
    ]),
  );
  const needed =
    /^(migrations\/(\d{4}_[\w-]+\.sql|meta\/_journal\.json)|resources\/(\w+\.py|(icons|tray)\/.+))$/;
  expect(beside.filter((file) => !needed.test(file))).toEqual([]);
  expect(statSync(archive).size).toBeLessThan(most.asar);
  expect(sizeOf(join(resources, 'app.asar.unpacked'))).toBeLessThan(most.unpacked);
  expect(sizeOf(join(resources, 'resources'))).toBeLessThan(most.resources);
}

/** What package-lock.json needs at run time; headers for compiling are not needed to run. */
function runtimeModules(): string[] {
  const lock = JSON.parse(readFileSync(join(import.meta.dirname, '../../package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; optional?: boolean; peer?: boolean; devOptional?: boolean }>;
  };
  const names = Object.entries(lock.packages)
    .filter(
      ([path, { dev, optional, peer, devOptional }]) =>
        path !== '' && !(dev || optional || peer || devOptional),
    )
    .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length));
  return [...new Set(names)].filter((name) => name !== 'node-addon-api').sort();
}

function below(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(root.length + 1)
        .replaceAll('\\', '/'),
    );
}

function sizeOf(folder: string): number {
  return below(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
}
