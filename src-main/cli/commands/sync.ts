/** `specboard sync add|status|remove`: pairs of folders. */
import { resolve } from 'node:path';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { SyncMode, SyncRoot } from '../../../src-shared/domain/sync.ts';
import type { Core } from '../../app/create-core.ts';
import { findProfile } from '../find.ts';
import { findSync, syncOfFile } from '../find-sync.ts';
import { files, stateWords } from '../sync-words.ts';
import { formatSize, plain, printJson, say, type Terminal, table, write } from '../terminal.ts';
import type { Interrupts, Where } from '../use-session.ts';

/** What every command of this group gets. */
export interface SyncCall {
  core: Core;
  terminal: Terminal;
  where: Where;
  interrupts: Interrupts;
}

/** Options of `add`, as commander gives them. */
export interface AddOptions {
  mode: 'two-way' | 'upload' | 'download' | 'mirror' | 'mirror-download';
  exclude?: string[];
  gitignore: boolean;
  defaults: boolean;
  withSecrets?: boolean;
}

/** Pairs two folders. */
export async function addSync(
  { core, terminal }: SyncCall,
  local: string,
  remote: string,
  options: AddOptions,
): Promise<void> {
  const { profileName, path } = splitRemote(core, remote);
  const profile = findProfile(core, profileName);
  const mode: SyncMode = options.mode === 'mirror' ? 'mirror-upload' : options.mode;
  const root = core.sync.add({
    ...{ profileId: profile.id, localPath: resolve(local), remotePath: path, mode },
    exclusions: {
      defaults: options.defaults,
      secrets: !options.withSecrets,
      gitignore: options.gitignore,
      patterns: options.exclude ?? [],
    },
  });
  if (terminal.json) return printJson(terminal, root);
  await write(terminal.stdout, `${root.id.slice(0, 8)}\n`);
  const words = `[specboard] ${plain(root.localPath)} is paired with ${plain(root.remotePath)} of "${profile.name}".`;
  await say(terminal, `${words} Nothing is synced yet: see specboard sync plan, then specboard sync run.`);
}

/** Lists syncs, or tells of one file. */
export async function syncStatus({ core, terminal }: SyncCall, path: string | undefined): Promise<void> {
  const roots = core.sync.list();
  if (path === undefined) return listSyncs(terminal, roots);
  const named = roots.find(({ id }) => path.length >= 4 && id.startsWith(path));
  const found = named ? { root: named, path: '' } : syncOfFile(core, path);
  if (!found) {
    throw new SpecboardError('not-found', `${plain(path)} is in no synced folder.`, {
      hint: 'See: specboard sync status.',
    });
  }
  if (found.path === '') return showSync(terminal, found.root);
  return showFile(core, terminal, found.root, found.path);
}

/** Takes a pair apart. */
export async function removeSync({ core, terminal }: SyncCall, name: string): Promise<void> {
  const root = findSync(core, name);
  await core.sync.remove(root.id);
  if (terminal.json) return printJson(terminal, { removed: root.id });
  await say(
    terminal,
    `[specboard] ${plain(root.localPath)} is not synced any more. Files stay on both sides.`,
  );
}

async function listSyncs(terminal: Terminal, roots: readonly SyncRoot[]): Promise<void> {
  if (terminal.json) return printJson(terminal, roots);
  if (roots.length === 0) {
    return say(terminal, 'No folders are synced. Pair two: specboard sync add LOCAL [PROFILE:]REMOTE');
  }
  const rows = roots.map((root) => [
    root.id.slice(0, 8),
    plain(root.localPath),
    `${root.profileName}:${plain(root.remotePath)}`,
    modeWords(root.mode),
    String(root.files),
    stateWords(root),
  ]);
  await write(terminal.stdout, `${table([['ID', 'HERE', 'THERE', 'MODE', 'FILES', 'STATE'], ...rows])}\n`);
}

async function showSync(terminal: Terminal, root: SyncRoot): Promise<void> {
  if (terminal.json) return printJson(terminal, root);
  const { exclusions } = root;
  const excluded = [
    ...(exclusions.defaults ? ['the usual (.git, node_modules, .venv, ...)'] : []),
    ...(exclusions.secrets ? ['secrets (.env, *.pem, ...)'] : []),
    ...(exclusions.gitignore ? ['.gitignore'] : []),
    '.specboardignore',
    ...exclusions.patterns.map(plain),
  ];
  const rows = [
    ['Here', plain(root.localPath)],
    ['There', `${root.profileName}:${plain(root.remotePath)}`],
    ['Mode', modeWords(root.mode)],
    ['State', stateWords(root)],
    ['Same on both sides', files(root.files)],
    ['Left out', excluded.join(', ')],
    ...root.notes.map((note) => ['Note', note]),
  ];
  await write(terminal.stdout, `${table(rows)}\n`);
}

/** How a file is, and why it is left out where it is. */
async function showFile(core: Core, terminal: Terminal, root: SyncRoot, path: string): Promise<void> {
  const why = await core.sync.why(root.id, path);
  const row = core.db.syncManifest.get(root.id, path);
  const conflict = core.sync.conflicts(root.id).find((one) => one.path === path);
  const status = why ? 'excluded' : conflict ? 'conflict' : row ? 'same' : 'unknown';
  if (terminal.json) return printJson(terminal, { rootId: root.id, path, status, why, synced: row ?? null });
  const where = why && (why.line > 0 ? `${why.source}, line ${why.line}` : why.source);
  const folder = why?.folder ? ` (it leaves out the folder ${plain(why.folder)})` : '';
  const synced =
    row && `${formatSize(row.entry.size)}, last synced ${new Date(row.syncedAt).toLocaleString()}`;
  const words = {
    excluded: `is left out by ${where}: ${plain(why?.pattern ?? '')}${folder}`,
    conflict: 'waits for your decision (specboard sync resolve)',
    same: `is synced: ${synced}`,
    unknown: 'was not synced yet; no rule leaves it out',
  };
  await write(terminal.stdout, `${plain(path)} ${words[status]}\n`);
}

/** "PROFILE:path", or a path; a name that is no profile's belongs to the path. */
function splitRemote(core: Core, remote: string): { profileName: string | undefined; path: string } {
  const colon = remote.indexOf(':');
  if (colon <= 0) return { profileName: undefined, path: remote };
  const name = remote.slice(0, colon);
  const isProfile = core.profiles
    .list()
    .some((profile) => profile.name.toLowerCase() === name.toLowerCase() || profile.id === name);
  if (isProfile) return { profileName: name, path: remote.slice(colon + 1) };
  if (name.includes('/')) return { profileName: undefined, path: remote };
  // Says which profiles there are.
  findProfile(core, name);
  return { profileName: undefined, path: remote };
}

function modeWords(mode: SyncMode): string {
  return mode === 'mirror-upload' ? 'mirror' : mode;
}
