/** Packages the app with electron-builder as a release does, but with stub distributions and without a network. */
import { execFile } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { buildIfStale } from '../../tools/build.ts';

const root = join(import.meta.dirname, '../..');
const require = createRequire(import.meta.url);
/**
 * Marks the place of the fuses in Electron's binary (github.com/electron/fuses); the wire of nine fuses follows. Here each is
 * the opposite of what electron-builder.yml asks for, so that every flip is seen.
 */
const fuseSentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
const fuseWire = Buffer.concat([Buffer.from(fuseSentinel), Buffer.from([1, 9]), Buffer.from('111100111')]);

/** electron-builder's own reading of electron-builder.yml. */
export async function readConfiguration(): Promise<Record<string, unknown>> {
  const { getConfig } = require('app-builder-lib/out/util/config/config.js') as {
    getConfig: (folder: string, file: null, config: null) => Promise<Record<string, unknown>>;
  };
  return getConfig(root, null, null);
}

/** Throws what the schema says about a configuration, for all platforms at once. */
export async function checkConfiguration(configuration: Record<string, unknown>): Promise<void> {
  const { validateConfiguration } = require('app-builder-lib/out/util/config/config.js') as {
    validateConfiguration: (config: Record<string, unknown>, log: unknown) => Promise<void>;
  };
  const { DebugLogger } = require('builder-util') as { DebugLogger: new (on: boolean) => unknown };
  await validateConfiguration(configuration, new DebugLogger(false));
}

/** What to package. */
export interface PackageOptions {
  platform: 'linux' | 'win' | 'mac';
  /** Folder that stands for an Electron distribution. */
  dist: string;
  /** Where the package lands. */
  out: string;
  /** Changes to the configuration. */
  change?: (configuration: Record<string, unknown>) => void;
}

/** Why a platform's package is not made here; undefined where it is: on Linux and macOS for all, on Windows for Windows. */
export function whyNotPackaged(platform: PackageOptions['platform']): string | undefined {
  if (process.platform !== 'win32' || platform === 'win') return undefined;
  return 'made on Linux and macOS: Windows has neither its modes nor its links';
}

/** Runs electron-builder for its `dir` output; rejects with what it said. Builds the app where needed. */
export async function packageApp({ platform, dist, out, change }: PackageOptions): Promise<string> {
  await buildIfStale();
  const configuration = await readConfiguration();
  Object.assign(configuration, {
    electronDist: dist,
    directories: { output: out, buildResources: 'resources/icons' },
  });
  // electron-builder takes ${platform} from the machine it runs on; releases are built on each system (electron-builder.yml).
  const name = { linux: 'linux', win: 'win32', mac: 'darwin' }[platform];
  const files = JSON.stringify(configuration.files).replaceAll(/\$\{platform\}/g, name);
  configuration.files = JSON.parse(files);
  change?.(configuration);
  const file = `${out}.json`;
  writeFileSync(file, JSON.stringify(configuration));
  const args = [
    join(root, 'node_modules/electron-builder/cli.js'),
    `--${platform}`,
    'dir',
    '--x64',
    '--publish',
    'never',
  ];
  return new Promise((resolve, reject) => {
    const env = {
      ...process.env,
      CSC_IDENTITY_AUTO_DISCOVERY: 'false',
      // A download that is tried anyway fails at once instead of looking for a way out.
      ELECTRON_MIRROR: 'http://127.0.0.1:9/',
      ELECTRON_BUILDER_BINARIES_MIRROR: 'http://127.0.0.1:9/',
    };
    execFile(
      process.execPath,
      [...args, '--config', file],
      { cwd: root, env, maxBuffer: 1e8 },
      (error, stdout, stderr) => {
        if (error)
          reject(new Error(`electron-builder failed:\n${stdout.slice(-4000)}\n${stderr.slice(-4000)}`));
        else resolve(stdout);
      },
    );
  });
}

/** A stub distribution for Linux: what electron-builder looks at, and a place for the fuses. */
export function stubLinux(folder: string): string {
  mkdirSync(join(folder, 'locales'), { recursive: true });
  mkdirSync(join(folder, 'resources'), { recursive: true });
  writeFileSync(join(folder, 'electron'), Buffer.concat([Buffer.from('#!/bin/sh\nexit 0\n#'), fuseWire]));
  chmodSync(join(folder, 'electron'), 0o755);
  for (const name of ['chrome-sandbox', 'chrome_crashpad_handler', 'LICENSE', 'LICENSES.chromium.html']) {
    writeFileSync(join(folder, name), '');
  }
  writeFileSync(join(folder, 'version'), electronVersion());
  return folder;
}

/** A stub for Windows: a small real executable with a version resource, which electron-builder edits. */
export async function stubWindows(folder: string): Promise<string> {
  mkdirSync(join(folder, 'resources'), { recursive: true });
  // resedit is what electron-builder itself edits executables with.
  const resedit = (await import(require.resolve('resedit'))) as typeof import('resedit');
  const executable = resedit.NtExecutable.createEmpty(false, false);
  const resources = resedit.NtExecutableResource.from(executable);
  const version = resedit.Resource.VersionInfo.createEmpty();
  version.lang = 1033;
  version.setFileVersion(45, 4, 1, 0, 1033);
  version.setStringValues(
    { lang: 1033, codepage: 1200 },
    { FileDescription: 'stub', ProductName: 'stub', OriginalFilename: 'electron.exe' },
  );
  version.outputToResourceEntries(resources.entries);
  const icon = resedit.Data.IconFile.from(readFileSync(join(root, 'resources/icons/icon.ico')));
  resedit.Resource.IconGroupEntry.replaceIconsForResource(
    resources.entries,
    1,
    1033,
    icon.icons.map(({ data }) => data),
  );
  resources.outputResource(executable);
  writeFileSync(join(folder, 'electron.exe'), Buffer.concat([Buffer.from(executable.generate()), fuseWire]));
  for (const name of ['LICENSE', 'LICENSES.chromium.html']) writeFileSync(join(folder, name), '');
  writeFileSync(join(folder, 'version'), electronVersion());
  return folder;
}

/** A stub for macOS: Electron.app with its four helpers and a framework that holds the fuses. */
export function stubMac(folder: string): string {
  const contents = join(folder, 'Electron.app/Contents');
  const plist = (name: string, id: string) =>
    `<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd"><plist version="1.0"><dict><key>CFBundleExecutable</key><string>${name}</string><key>CFBundleIdentifier</key><string>${id}</string><key>CFBundleName</key><string>${name}</string><key>CFBundlePackageType</key><string>APPL</string></dict></plist>`;
  const bundle = (place: string, name: string, id: string) => {
    mkdirSync(join(place, 'MacOS'), { recursive: true });
    writeFileSync(join(place, 'Info.plist'), plist(name, id));
    writeFileSync(join(place, 'MacOS', name), '');
    chmodSync(join(place, 'MacOS', name), 0o755);
  };
  bundle(contents, 'Electron', 'com.github.Electron');
  mkdirSync(join(contents, 'Resources'), { recursive: true });
  writeFileSync(join(contents, 'Resources/electron.icns'), '');
  for (const helper of ['', ' (GPU)', ' (Plugin)', ' (Renderer)']) {
    const name = `Electron Helper${helper}`;
    bundle(join(contents, `Frameworks/${name}.app/Contents`), name, 'com.github.Electron.helper');
  }
  const framework = join(contents, 'Frameworks/Electron Framework.framework');
  mkdirSync(join(framework, 'Resources'), { recursive: true });
  writeFileSync(join(framework, 'Electron Framework'), fuseWire);
  for (const name of ['LICENSE', 'LICENSES.chromium.html']) writeFileSync(join(folder, name), '');
  writeFileSync(join(folder, 'version'), electronVersion());
  return folder;
}

/** The stand-in host as a distribution: the packaged app then really starts. */
export function hostDist(folder: string): string {
  cpSync(join(root, 'tools/electron-host'), folder, { recursive: true });
  return folder;
}

/** The exact version of Electron in package.json. */
export function electronVersion(): string {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  return devDependencies.electron ?? '';
}

/** State of the fuses in a file: '1' on, '0' off, in the order of @electron/fuses. */
export function readFuses(file: string): string {
  const bytes = readFileSync(file);
  const at = bytes.indexOf(fuseSentinel);
  if (at < 0) throw new Error(`No fuses in ${file}.`);
  const start = at + fuseSentinel.length;
  return bytes.subarray(start + 2, start + 2 + (bytes[start + 1] ?? 0)).toString('latin1');
}
