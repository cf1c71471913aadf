/**
 * The import rules of the architecture (docs/architecture.md), read from the imports themselves: the folder decides what a
 * file may import. Also: no cycles, no default exports, no barrels, a README in every folder that is a place.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const sources = ['src-shared', 'src-preload', 'src-main', 'src-renderer', 'tools'];
const builtins = new Set([...builtinModules, ...builtinModules.map((name) => `node:${name}`)]);

interface Import {
  from: string;
  /** A file of ours relative to the root, or a package's name. */
  to: string;
  typeOnly: boolean;
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder)).flatMap((name) => {
    const path = `${folder}/${name}`;
    if (statSync(join(root, path)).isDirectory()) return filesBelow(path);
    return /\.(ts|tsx|mts)$/.test(name) && !name.endsWith('.d.ts') ? [path] : [];
  });
}

const files = sources.flatMap(filesBelow);
const texts = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));

function importsOf(file: string): Import[] {
  const text = texts.get(file) ?? '';
  const found = [...text.matchAll(/^\s*(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm)];
  const dynamic = [...text.matchAll(/\bimport\('([^']+)'\)/g)].map((match) => [
    match[0],
    undefined,
    match[1],
  ]);
  return [...found, ...dynamic].map((match) => ({
    from: file,
    to: target(file, String(match[2])),
    typeOnly: match[1] !== undefined,
  }));
}

function target(from: string, specifier: string): string {
  if (specifier.startsWith('.'))
    return relative(root, resolve(root, dirname(from), specifier))
      .split(sep)
      .join('/');
  if (builtins.has(specifier)) return 'node';
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier);
}

const imports = files.flatMap(importsOf);
const inFolder = (file: string, folder: string) => file === folder || file.startsWith(`${folder}/`);
const ours = (to: string) => sources.some((folder) => inFolder(to, folder));
const listed = (bad: Import[]) => bad.map(({ from, to }) => `${from} -> ${to}`);

/** Folder -> what its files may import, besides themselves. The longest folder that matches decides. */
const rules: Readonly<Record<string, readonly string[]>> = {
  'src-shared': ['zod'],
  'src-preload': ['electron', 'src-shared'],
  'src-renderer': [
    ...['src-shared', 'react', 'react-dom', 'react-aria-components', 'zustand', 'anser', 'micromark'],
    ...[
      'micromark-extension-gfm-autolink-literal',
      'micromark-extension-gfm-strikethrough',
      'micromark-extension-gfm-table',
      'micromark-extension-gfm-task-list-item',
      'lucide-react',
      '@codemirror/*',
      '@xterm/*',
      'uplot',
      '@lezer/*',
    ],
  ],
  'src-main/index.ts': ['src-main/app'],
  'src-main/app': ['node', 'electron', 'src-shared', 'src-main'],
  'src-main/cli': [
    'node',
    'commander',
    'src-shared',
    'src-main/app',
    'src-main/services',
    'src-main/platform/paths.ts',
    'src-main/secrets/end-process.ts',
  ],
  'src-main/platform': ['node', 'electron', 'src-shared'],
  'src-main/ipc': ['node', 'electron', 'zod', 'src-shared'],
  'src-main/services': [
    'node',
    'zod',
    'src-shared',
    'src-main/drivers/driver.ts',
    'src-main/drivers/registry.ts',
    'src-main/db',
    'src-main/secrets',
    'src-main/logging',
    'src-main/sync',
    'tar',
    '@xterm/headless',
    '@xterm/addon-serialize',
  ],
  'src-main/sync': ['node', 'zod', 'src-shared', 'src-main/drivers/driver.ts', 'src-main/logging'],
  'src-main/db': ['node', 'src-shared', 'better-sqlite3', 'drizzle-orm', 'zod'],
  'src-main/secrets': ['node', 'src-shared', 'keytar'],
  'src-main/logging': ['node', 'src-shared'],
  'src-main/runner': [
    'node',
    'zod',
    'src-shared',
    'src-main/drivers/driver.ts',
    'src-main/drivers/base-driver.ts',
  ],
  'src-main/drivers/registry.ts': ['zod', 'src-shared', 'src-main/drivers'],
  'src-main/drivers/driver.ts': ['zod', 'src-shared'],
  'src-main/drivers/base-driver.ts': ['src-shared'],
  'src-main/drivers/local': driverRule('local', []),
  'src-main/drivers/daytona': driverRule('daytona', ['@daytona/sdk']),
  'src-main/drivers/docker': driverRule('docker', []),
  'src-main/drivers/e2b': driverRule('e2b', ['e2b', '@e2b/code-interpreter']),
  // The icons are drawn for the states that the code names.
  'tools/icons': ['node', 'playwright-core', 'src-main/platform/status-summary.ts'],
  'tools/make-icons.ts': ['node', 'playwright-core', 'tools', 'src-main/platform/status-summary.ts'],
  tools: ['node', 'electron', 'vite', 'playwright-core', '@electron/asar', 'src-shared', 'typescript'],
};

function driverRule(name: string, sdk: string[]): string[] {
  const own = [`src-main/drivers/${name}`, 'src-main/drivers/driver.ts', 'src-main/drivers/base-driver.ts'];
  return ['node', 'zod', 'src-shared', 'src-main/runner', ...own, ...sdk];
}

function ruleOf(file: string): [string, readonly string[]] | undefined {
  return Object.entries(rules)
    .filter(([folder]) => inFolder(file, folder))
    .sort(([a], [b]) => b.length - a.length)[0];
}

function allowed({ from, to }: Import): boolean {
  const rule = ruleOf(from);
  if (!rule) return false;
  const [folder, list] = rule;
  if (inFolder(to, folder)) return true;
  return list.some((entry) =>
    entry.endsWith('/*') ? to.startsWith(entry.slice(0, -1)) : ours(to) ? inFolder(to, entry) : to === entry,
  );
}

test('every file imports only what its folder may', () => {
  expect(files.length).toBeGreaterThan(100);
  expect(listed(imports.filter((entry) => !allowed(entry)))).toEqual([]);
});

describe('one place for each thing that must not spread', () => {
  const only = (packages: readonly string[], folders: readonly string[], typesToo: boolean) =>
    listed(
      imports.filter(
        ({ from, to, typeOnly }) =>
          packages.includes(to) &&
          (typesToo || !typeOnly) &&
          !from.startsWith('tools/') &&
          !folders.some((folder) => inFolder(from, folder)),
      ),
    );
  test('electron only in app, platform, ipc, index.ts and the preload', () => {
    const folders = ['src-main/app', 'src-main/platform', 'src-main/ipc', 'src-main/index.ts', 'src-preload'];
    expect(only(['electron'], folders, true)).toEqual([]);
  });
  test('keytar only in secrets, SQLite and drizzle only in db', () => {
    expect(only(['keytar', '@github/keytar'], ['src-main/secrets'], true)).toEqual([]);
    expect(only(['better-sqlite3', 'drizzle-orm'], ['src-main/db'], true)).toEqual([]);
  });
  test('a driver never knows another driver', () => {
    const drivers = readdirSync(join(root, 'src-main/drivers'), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    const bad = imports.filter(({ from, to }) => {
      const own = drivers.find(({ name }) => inFolder(from, `src-main/drivers/${name}`));
      return own && drivers.some(({ name }) => name !== own.name && inFolder(to, `src-main/drivers/${name}`));
    });
    expect(drivers.length).toBeGreaterThan(1);
    expect(listed(bad)).toEqual([]);
  });
});

test('no cycles', () => {
  const graph = new Map(
    files.map((file) => [
      file,
      imports.filter((entry) => entry.from === file && !entry.typeOnly).map(({ to }) => to),
    ]),
  );
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, trail: string[]): void => {
    const at = trail.indexOf(file);
    if (at >= 0) {
      cycles.push([...trail.slice(at), file].join(' -> '));
      return;
    }
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...trail, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  expect(cycles).toEqual([]);
});

test('named exports only, and no file that only passes on', () => {
  const defaults = files.filter((file) => /^export default /m.test(texts.get(file) ?? ''));
  expect(defaults).toEqual([]);
  const barrels = files.filter((file) => {
    const code = (texts.get(file) ?? '').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '').trim();
    const lines = code
      .split(';')
      .map((line) => line.trim())
      .filter(Boolean);
    return lines.length > 1 && lines.every((line) => /^export .* from '/s.test(line));
  });
  expect(barrels).toEqual([]);
});

test('kebab-case file names, and first lines that say what a file is', () => {
  const odd = files.filter(
    (file) => !/^[a-z0-9]+(-[a-z0-9]+)*\.(module\.)?(ts|tsx|mts)$/.test(file.split('/').at(-1) ?? ''),
  );
  expect(odd).toEqual([]);
  const silent = files.filter((file) => !/^(#!.*\n)?\s*(\/\*\*|\/\/|\/\*)/.test(texts.get(file) ?? ''));
  expect(silent).toEqual([]);
});

test('every folder that is a place has a README', () => {
  const folders = [
    'src-shared',
    'src-preload',
    'src-renderer',
    'src-main',
    'tests',
    'tools',
    'tools/electron-host',
    'docs',
    'migrations',
    'resources',
  ];
  const main = readdirSync(join(root, 'src-main'), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  const wanted = [
    ...folders,
    ...main.map(({ name }) => `src-main/${name}`),
    'src-main/drivers/local',
    'src-main/drivers/docker',
    'src-main/drivers/e2b',
  ];
  expect(wanted.filter((folder) => !existsSync(join(root, folder, 'README.md')))).toEqual([]);
});
