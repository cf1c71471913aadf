// `npm run build`: main, preload, renderer and command line, by the one vite.config.ts. Also for others: buildIfStale().
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = path.join(import.meta.dirname, '..');

/** What the build is made from: files, and folders with all that is in them. */
const SOURCES = [
  'src-main',
  'src-preload',
  'src-renderer',
  'src-shared',
  'vite.config.ts',
  'package.json',
  'tsconfig.json',
];

/** What the build makes, besides assets with a hash in their names. */
const OUTPUTS = [
  'dist/main/index.js',
  'dist/main/cli.js',
  'dist/main/sync-worker.js',
  'dist/preload/index.cjs',
  'dist/renderer/index.html',
];

/** The newest change below `file` in milliseconds since 1970; folders count too, so that a removed file is seen. */
function newestChange(file: string): number {
  if (!existsSync(file)) return 0;
  const stat = statSync(file);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(file).map((name) => newestChange(path.join(file, name))));
}

/** True if an output is missing, or older than any source. */
export function isStale(root = ROOT): boolean {
  const outputs = OUTPUTS.map((file) => path.join(root, file));
  if (!outputs.every((file) => existsSync(file))) return true;
  const oldest = Math.min(...outputs.map((file) => statSync(file).mtimeMs));
  return SOURCES.some((source) => newestChange(path.join(root, source)) > oldest);
}

/** Builds everything into dist/. Throws what Vite throws. */
export async function build(root = ROOT): Promise<void> {
  // Loaded here: a start with a fresh build should not wait for it.
  const { createBuilder } = await import('vite');
  // Also when a test runner builds, whose own mode would put React's development build into the page.
  process.env.NODE_ENV = 'production';
  // No `root` here: the configuration's own (src-renderer) decides where index.html lands.
  const builder = await createBuilder({ configFile: path.join(root, 'vite.config.ts'), logLevel: 'warn' });
  await builder.buildApp();
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Runs `action` while no other process of this checkout builds; a lock of a dead process is taken over. */
async function withBuildLock<T>(root: string, action: () => Promise<T>): Promise<T> {
  const folder = path.join(root, 'node_modules/.cache/specboard');
  const lock = path.join(folder, 'build.lock');
  mkdirSync(folder, { recursive: true });
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch {
      let owner = 0;
      try {
        owner = Number(readFileSync(lock, 'utf8'));
      } catch {
        continue; // released just now
      }
      if (owner > 0 && !isAlive(owner)) rmSync(lock, { force: true });
      else await sleep(100);
    }
  }
  try {
    return await action();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** Builds if dist/ is missing or older than its sources; resolves with whether it did. Safe to call from several processes. */
export async function buildIfStale(root = ROOT): Promise<boolean> {
  if (!isStale(root)) return false;
  return withBuildLock(root, async () => {
    if (!isStale(root)) return false; // another process built it meanwhile
    await build(root);
    return true;
  });
}

/** A failed build as text: Vite's message, which has file and line, without the stack. */
export function buildError(error: unknown): string {
  return `The build failed.\n${error instanceof Error ? error.message : String(error)}`;
}

if (import.meta.main) {
  await withBuildLock(ROOT, () => build()).catch((error: unknown) => {
    console.error(buildError(error));
    process.exitCode = 1;
  });
}
