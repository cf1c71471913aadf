/** `specboard files ls|get|put|rm|mv|mkdir`: files of a sandbox, single ones and whole folders. */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { Session } from '../../../src-shared/domain/session.ts';
import type { Core } from '../../app/create-core.ts';
import type { Transferred } from '../../services/transferred.ts';
import { exitCodes } from '../exit-codes.ts';
import { createStatusLine } from '../status-line.ts';
import { formatSize, plain, printJson, say, type Terminal, table, write } from '../terminal.ts';
import { type Interrupts, isExisting, openSession, type Where } from '../use-session.ts';

/** What every command of this group gets. */
export interface FilesCall {
  core: Core;
  terminal: Terminal;
  where: Where;
  interrupts: Interrupts;
}

/** Lists a folder, or one file. */
export function listFiles(call: FilesCall, path = '.'): Promise<void> {
  return inSession(call, async ({ core, terminal, interrupts }, session) => {
    const entry = await core.files.stat(session.id, path, interrupts.cancel);
    const entries =
      entry.type === 'directory' ? await core.files.list(session.id, path, interrupts.cancel) : [entry];
    if (terminal.json) return printJson(terminal, entries);
    const marks = { directory: '/', link: '@', file: '', other: '?' } as const;
    const rows = entries.map((one) => [
      one.type === 'file' ? formatSize(one.size) : '-',
      new Date(one.modifiedAt).toLocaleString(),
      `${plain(one.name)}${marks[one.type]}${one.linkTarget === undefined ? '' : ` -> ${plain(one.linkTarget)}`}`,
    ]);
    if (rows.length > 0) await write(terminal.stdout, `${table(rows)}\n`);
  });
}

/** Brings a file or a folder here; `-` writes a file to standard output. */
export function getFiles(
  call: FilesCall,
  remote: string,
  local = '.',
  options: { force?: boolean } = {},
): Promise<number> {
  return inSession(call, async ({ core, terminal, interrupts }, session) => {
    if (local === '-') {
      const content = await core.files.read(session.id, remote, interrupts.cancel);
      for await (const chunk of content) await write(terminal.stdout, chunk);
      return exitCodes.done;
    }
    return transfer(call, (onBytes) =>
      core.files.get(session.id, remote, local, { ...options, signal: interrupts.cancel, onBytes }),
    );
  });
}

/** Brings a file or a folder of this computer into the sandbox. */
export function putFiles(
  call: FilesCall,
  local: string,
  remote = '.',
  options: { force?: boolean } = {},
): Promise<number> {
  requireLasting(call.where);
  return inSession(call, ({ core, interrupts }, session) =>
    transfer(call, (onBytes) =>
      core.files.put(session.id, local, remote, { ...options, signal: interrupts.cancel, onBytes }),
    ),
  );
}

/** Removes files, and folders with all that is in them. */
export function removeFiles(call: FilesCall, paths: readonly string[]): Promise<void> {
  return change(call, async ({ core, interrupts }, session) => {
    for (const path of paths) await core.files.remove(session.id, path, interrupts.cancel);
    return `Removed ${paths.map(plain).join(', ')}.`;
  });
}

/** Moves or renames. */
export function moveFile(call: FilesCall, from: string, to: string): Promise<void> {
  return change(call, async ({ core, interrupts }, session) => {
    await core.files.move(session.id, from, to, interrupts.cancel);
    return `Moved ${plain(from)} to ${plain(to)}.`;
  });
}

/** Makes a folder and those above it. */
export function makeFolder(call: FilesCall, path: string): Promise<void> {
  return change(call, async ({ core, interrupts }, session) => {
    await core.files.makeDir(session.id, path, interrupts.cancel);
    return `Made ${plain(path)}.`;
  });
}

function change(
  call: FilesCall,
  work: (call: FilesCall, session: Session) => Promise<string>,
): Promise<void> {
  requireLasting(call.where);
  return inSession(call, async (same, session) => {
    const words = await work(same, session);
    if (call.terminal.json) await printJson(call.terminal, { done: true });
    else await write(call.terminal.stdout, `${words}\n`);
  });
}

async function inSession<T>(
  call: FilesCall,
  work: (call: FilesCall, session: Session) => Promise<T>,
): Promise<T> {
  const { core, terminal, where, interrupts } = call;
  const { session, close } = await openSession(core, terminal, where, interrupts, 'as-it-was');
  try {
    return await work(call, session);
  } finally {
    await close();
  }
}

/** Shows progress, says what was brought and what was left out; something left out is exit code 1. */
async function transfer(
  { core, terminal }: FilesCall,
  work: (onBytes: (total: number) => void) => Promise<Transferred>,
): Promise<number> {
  const line = createStatusLine(terminal, () => core.clock.now());
  let done: Transferred;
  try {
    done = await work((total) => line.show(`[specboard] ${formatSize(total)}`));
  } finally {
    line.clear();
  }
  const { path, files, bytes, leftOut, leftOutMore } = done;
  if (terminal.json) await printJson(terminal, done);
  else {
    const count = files === 1 ? '1 file' : `${files} files`;
    await write(terminal.stdout, `${count}, ${formatSize(bytes)}: ${plain(path)}\n`);
    for (const one of leftOut) await say(terminal, `[specboard] left out ${plain(one.path)}: ${one.reason}`);
    if (leftOutMore > 0) await say(terminal, `[specboard] left out ${leftOutMore} more`);
  }
  return leftOut.length > 0 ? exitCodes.codeFailed : exitCodes.done;
}

/** What is changed in a sandbox that ends at once is lost: nobody means that. */
function requireLasting(where: Where): void {
  if (isExisting(where) || where.keep) return;
  throw new SpecboardError(
    'invalid',
    'Which sandbox? A fresh one would end at once, and its files with it.',
    {
      hint: 'Add --session ID, --sandbox ID, or --keep.',
    },
  );
}
