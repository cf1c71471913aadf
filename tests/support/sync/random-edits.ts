/** Random edits of a real folder, as people and programs make them, and what is in a folder. */
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** Names with all that is hard to carry through shells, archives and databases; folders and files share them. */
export const oddNames = [
  ...[
    'a',
    'b',
    'dir',
    'dir/x',
    'dir/y',
    'dir/deep/z',
    '-rf',
    "it's $HOME",
    'späce ü',
    'e\u0301',
    '日本',
    '🙂',
  ],
  ...[
    'new\nline',
    'back\\slash',
    'tab\t',
    '"q"',
    'a b',
    '%41',
    '*',
    '.hidden',
    'dir.',
    'keep.log',
    'dir/keep.log',
  ],
];

/** What can be left out beside `*.log`, by name: plain ones, so that no pattern means something else. */
export const plainNames = ['a', 'b', 'dir/x', 'dir/y', 'dir/deep'];

/** What an exclusion file of these histories says. */
export function exclusionText(names: readonly string[], logs = true): string {
  return `${logs ? '*.log\n' : ''}${names.map((name) => `/${name}\n`).join('')}`;
}

/** Tells what such a file leaves out; none: nothing. */
export function leftOutBy(text: string): (path: string) => boolean {
  const lines = text.split('\n').filter((line) => line !== '');
  const isLog = lines.includes('*.log');
  const names = lines.filter((line) => line.startsWith('/')).map((line) => line.slice(1));
  return (path) =>
    (isLog && path.split('/').some((part) => part.endsWith('.log'))) ||
    names.some((name) => path === name || path.startsWith(`${name}/`));
}

/** One edit; `by` makes contents differ. Does nothing where it cannot be. */
export type EditKind =
  | 'write'
  | 'large'
  | 'patch'
  | 'append'
  | 'delete'
  | 'move'
  | 'folder'
  | 'link'
  | 'mode';

export interface FolderEdit {
  readonly kind: EditKind;
  readonly path: string;
  readonly to: string;
  readonly by: number;
}

/** Makes the edit in `root`. Saves go through a new file, as most editors do, or in place. */
export function makeEdit(root: string, { kind, path, to, by }: FolderEdit): void {
  const target = join(root, path);
  try {
    switch (kind) {
      case 'write':
        makeRoom(target);
        if (by % 2) writeFileSync(target, `content ${by}\n`);
        else {
          writeFileSync(`${target}.tmp`, `content ${by}\n`);
          renameSync(`${target}.tmp`, target);
        }
        return;
      case 'large':
        makeRoom(target);
        writeFileSync(target, largeContent(by));
        return;
      case 'patch': {
        const bytes = readFileSync(target);
        bytes.write(`patch ${by}`, bytes.length >> 1);
        writeFileSync(target, bytes);
        return;
      }
      case 'append':
        if (isFile(target)) appendFileSync(target, `more ${by}\n`);
        return;
      case 'delete':
        rmSync(target, { recursive: true, force: true });
        return;
      case 'move':
        if (existsSync(join(root, to)) || !existsSync(target)) return;
        mkdirSync(dirname(join(root, to)), { recursive: true });
        renameSync(target, join(root, to));
        return;
      case 'folder':
        if (isFile(target)) rmSync(target);
        mkdirSync(target, { recursive: true });
        return;
      case 'link':
        makeRoom(target);
        symlinkSync(`target-${by % 5}`, target);
        return;
      case 'mode':
        if (isFile(target)) chmodSync(target, lstatSync(target).mode ^ 0o111);
        return;
    }
  } catch {
    // A file is in the way of a folder, or a folder of a file: then nobody could do it.
  }
}

/** Something is at `target`, or can be made there. */
function makeRoom(target: string): void {
  mkdirSync(dirname(target), { recursive: true });
  if (!isFile(target)) rmSync(target, { recursive: true, force: true });
}

function isFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** 90 KB that differ by number, and not in all places. */
function largeContent(by: number): Buffer {
  const bytes = Buffer.alloc(90_000);
  for (let at = 0; at < bytes.length; at += 32) bytes.write(`${by % 3} line ${at}`, at);
  bytes.write(`number ${by}`, (by * 997) % 80_000);
  return bytes;
}

/** What is at a path: kind, executable bit and content in one word. */
export type Found = ReadonlyMap<string, { readonly word: string; readonly hash: string | null }>;

/** All that is in a folder; of files that come and go meanwhile those that hold still. */
export function lookAt(root: string): Found {
  const found = new Map<string, { word: string; hash: string | null }>();
  const walk = (folder: string): void => {
    for (const { name } of orGone(() => readdirSync(join(root, folder), { withFileTypes: true })) ?? []) {
      const path = folder === '' ? name : `${folder}/${name}`;
      if (path === '.specboard-sync') continue;
      const stat = lstatSync(join(root, path), { throwIfNoEntry: false });
      if (stat?.isDirectory()) {
        found.set(path, { word: 'folder', hash: null });
        walk(path);
      } else if (stat) {
        const file = orGone(() => lookAtFile(join(root, path), stat.mode));
        if (file) found.set(path, file);
      }
    }
  };
  if (existsSync(root)) walk('');
  return found;
}

function orGone<T>(look: () => T): T | null {
  try {
    return look();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EINVAL'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

function lookAtFile(path: string, mode: number): { word: string; hash: string } {
  if (lstatSync(path).isSymbolicLink()) {
    const target = readlinkSync(path);
    return { word: `link ${target}`, hash: hashOf(`link ${target}`) };
  }
  const hash = hashOf(readFileSync(path));
  return { word: `file ${hash} ${mode & 0o100 ? 'x' : '-'}`, hash };
}

/** Hashes of everything below a folder, by any name: what a history holds. */
export function hashesBelow(folder: string): Set<string> {
  const hashes = new Set<string>();
  if (!existsSync(folder)) return hashes;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue;
    const file = orGone(() => lookAtFile(join(entry.parentPath, entry.name), 0));
    if (file) hashes.add(file.hash);
  }
  return hashes;
}

function hashOf(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
