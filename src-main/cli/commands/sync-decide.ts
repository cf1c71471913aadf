/** `specboard sync resolve|history`: conflicts, runs and kept copies. */
import { readFile } from 'node:fs/promises';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import {
  maxConflictTextBytes,
  type SyncChoice,
  type SyncConflict,
  type SyncKept,
  type SyncRoot,
  type SyncRun,
  type SyncVersion,
  syncPageLimit,
} from '../../../src-shared/domain/sync.ts';
import type { Core } from '../../app/create-core.ts';
import { exitCodes } from '../exit-codes.ts';
import { findById } from '../find.ts';
import { findSync, syncOfFile } from '../find-sync.ts';
import { inSyncSession } from '../sync-session.ts';
import { conflictWords, summaryWords } from '../sync-words.ts';
import { formatSize, plain, printJson, say, type Terminal, table, write } from '../terminal.ts';
import type { SyncCall } from './sync.ts';

/** Options of `resolve`. */
export interface ResolveOptions {
  use?: SyncChoice;
  all?: boolean;
  sync?: string;
  file?: string | undefined;
}

const kinds: Record<SyncConflict['kind'], string> = {
  'both-changed': 'changed on both sides',
  'changed-deleted': 'changed on one side, deleted on the other',
  'both-created': 'made on both sides',
  type: 'a file on one side, something else on the other',
  'name-clash': 'a name that one side cannot tell from another one',
  'runs-by-itself': 'would run by itself on this computer',
  'rules-change': 'would change what is left out here',
};

/** Lists conflicts, or decides them. */
export async function resolveSync(
  call: SyncCall,
  path: string | undefined,
  options: ResolveOptions,
): Promise<number> {
  const { core, terminal } = call;
  const { use } = options;
  if (use === undefined) {
    if (path !== undefined || options.all)
      throw wrong('Say whose copy is taken: --use local, remote, both or merged.');
    return listConflicts(core, terminal, options.sync);
  }
  if ((path === undefined) === !options.all) throw wrong('Name one file, or give --all.');
  if ((use === 'merged') !== (options.file !== undefined))
    throw wrong('Give one file with the merged text: resolve PATH FILE --use merged.');
  const { root, conflicts } = find(core, path, options.sync);
  const text = options.file === undefined ? undefined : await readText(options.file);
  await inSyncSession(call, root, () =>
    core.sync.resolve(
      conflicts.map(({ id }) => id),
      use,
      text,
    ),
  );
  const left = core.sync.conflicts(root.id).length;
  if (terminal.json) await printJson(terminal, { resolved: conflicts.map((one) => one.path), left });
  else await say(terminal, `[specboard] ${conflictWords(conflicts.length)} decided, ${left} left.`);
  return left > 0 ? exitCodes.waiting : exitCodes.done;
}

/** Lists runs and kept copies, or brings one back. */
export async function syncHistory(
  call: SyncCall,
  name: string | undefined,
  { restore }: { restore?: string },
): Promise<void> {
  const { core, terminal } = call;
  if (restore !== undefined) return restoreCopy(call, restore);
  const root = findSync(core, name);
  const page = { offset: 0, limit: syncPageLimit };
  const { runs } = core.sync.history(root.id, page);
  const { items } = core.sync.kept(root.id, { ...page, search: '' });
  if (terminal.json) return printJson(terminal, { rootId: root.id, runs, kept: items });
  if (runs.length === 0) return say(terminal, 'Nothing was synced yet.');
  await write(terminal.stdout, `${table([['ENDED', 'BY', 'WHAT'], ...runs.map(runRow)])}\n`);
  if (items.length === 0) return;
  const head = ['COPY', 'KEPT', 'WHY', 'WHERE', 'SIZE', 'FILE'];
  await write(terminal.stdout, `\n${table([head, ...items.map(keptRow)])}\n`);
  await say(
    terminal,
    '[specboard] Copies are kept for 30 days. Bring one back: specboard sync history --restore ID',
  );
}

async function restoreCopy(call: SyncCall, id: string): Promise<void> {
  const { core, terminal } = call;
  const page = { offset: 0, limit: 100_000, search: '' };
  const all = core.sync
    .list()
    .flatMap((root) => core.sync.kept(root.id, page).items.map((copy) => ({ ...copy, root })));
  const copy = findById(all, id, 'copy');
  if (copy.where === 'remote') await inSyncSession(call, copy.root, () => core.sync.restore(copy.id));
  else await core.sync.restore(copy.id);
  if (terminal.json) return printJson(terminal, { restored: copy.path });
  await say(
    terminal,
    `[specboard] ${plain(copy.path)} is back in ${plain(copy.root.localPath)}. What was there is kept too.`,
  );
}

async function listConflicts(core: Core, terminal: Terminal, name: string | undefined): Promise<number> {
  const roots = name === undefined ? core.sync.list() : [findSync(core, name)];
  const conflicts = roots.flatMap(({ id }) => core.sync.conflicts(id));
  if (terminal.json) await printJson(terminal, conflicts);
  else if (conflicts.length === 0) await say(terminal, 'There are no conflicts.');
  else {
    const rows = conflicts.map(({ path, kind, local, remote, choices }) => [
      plain(path),
      kinds[kind],
      versionWords(local),
      versionWords(remote),
      choices.join(', '),
    ]);
    await write(terminal.stdout, `${table([['FILE', 'WHAT', 'HERE', 'THERE', '--use'], ...rows])}\n`);
    await say(terminal, '[specboard] Decide: specboard sync resolve FILE --use local');
  }
  return conflicts.length > 0 ? exitCodes.waiting : exitCodes.done;
}

function find(
  core: Core,
  path: string | undefined,
  name: string | undefined,
): { root: SyncRoot; conflicts: SyncConflict[] } {
  if (path === undefined) {
    const root = findSync(core, name);
    const conflicts = core.sync.conflicts(root.id);
    if (conflicts.length === 0) throw new SpecboardError('not-found', 'There are no conflicts.');
    return { root, conflicts };
  }
  // As the list gives it, or as a file of this computer.
  const roots = name === undefined ? core.sync.list() : [findSync(core, name)];
  const listed = roots.flatMap((root) =>
    core.sync
      .conflicts(root.id)
      .filter((one) => one.path === path)
      .map((conflict) => ({ root, conflicts: [conflict] })),
  );
  if (listed.length > 1) throw wrong('Several syncs have a conflict with this name: say which with --sync.');
  const file = listed[0] ? null : syncOfFile(core, path);
  const conflict = file && core.sync.conflicts(file.root.id).find((one) => one.path === file.path);
  const found = listed[0] ?? (file && conflict ? { root: file.root, conflicts: [conflict] } : null);
  if (found) return found;
  throw new SpecboardError('not-found', `${plain(path)} is in no conflict.`, {
    hint: 'See: specboard sync resolve.',
  });
}

async function readText(file: string): Promise<string> {
  const bytes = await readFile(file).catch(() => {
    throw new SpecboardError('not-found', `${plain(file)} cannot be read.`);
  });
  if (bytes.length > maxConflictTextBytes * 4) throw wrong('The merged text is too large.');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw wrong('The merged text is not UTF-8.');
  }
}

function versionWords(version: SyncVersion | null): string {
  if (!version) return 'deleted';
  if (version.kind !== 'file') return version.kind === 'directory' ? 'a folder' : 'a link';
  return `${formatSize(version.size)}, ${new Date(version.modifiedAt).toLocaleString()}`;
}

function runRow({ endedAt, trigger, outcome, summary, problem }: SyncRun): string[] {
  const words =
    trigger === 'restore' ? 'a copy was brought back' : (problem?.message ?? summaryWords(summary));
  const ended = outcome === 'done' ? '' : `${outcome}: `;
  return [new Date(endedAt).toLocaleString(), trigger, `${ended}${words}`];
}

function keptRow({ id, keptAt, why, where, available, version, path }: SyncKept): string[] {
  const place = where === 'local' ? 'here' : available ? 'sandbox' : 'sandbox (not connected)';
  return [
    id.slice(0, 8),
    new Date(keptAt).toLocaleString(),
    why,
    place,
    formatSize(version.size),
    plain(path),
  ];
}

function wrong(message: string): SpecboardError {
  return new SpecboardError('invalid', message);
}
