/** `specboard sandboxes list|end`: what runs at a profile's vendor or engine, whoever started it. */
import type { FoundSandbox } from '../../../src-shared/domain/sandbox.ts';
import type { Core } from '../../app/create-core.ts';
import { findProfile, findSandbox } from '../find.ts';
import { plain, printJson, type Terminal, table, write } from '../terminal.ts';

const ownerWords: Record<FoundSandbox['owner'], string> = {
  here: 'this SpecBoard',
  elsewhere: 'another SpecBoard',
  unknown: 'not SpecBoard',
};

/** Lists them, those of this installation first. */
export async function listSandboxes(
  core: Core,
  terminal: Terminal,
  options: { profile?: string },
  signal: AbortSignal,
): Promise<void> {
  const profile = findProfile(core, options.profile);
  const sandboxes = await core.sandboxes.list(profile.id, signal);
  if (terminal.json) return printJson(terminal, sandboxes);
  if (sandboxes.length === 0) return write(terminal.stdout, `Nothing runs there ("${profile.name}").\n`);
  const rows = sandboxes.map((one) => [
    shortId(one.sandboxId),
    plain(one.name),
    one.inUse ? `${one.state}, in use` : one.state,
    ownerWords[one.owner],
    one.startedAt === null ? '' : new Date(one.startedAt).toLocaleString(),
  ]);
  await write(terminal.stdout, `${table([['ID', 'NAME', 'STATE', 'STARTED BY', 'STARTED'], ...rows])}\n`);
}

/** Ends one that this installation started. */
export async function endSandbox(
  core: Core,
  terminal: Terminal,
  id: string,
  options: { profile?: string },
  signal: AbortSignal,
): Promise<void> {
  const profile = findProfile(core, options.profile);
  const { sandboxId, name } = await findSandbox(core, profile, id, signal);
  await core.sandboxes.end(profile.id, sandboxId, signal);
  if (terminal.json) await printJson(terminal, { sandboxId, ended: true });
  else await write(terminal.stdout, `Ended ${plain(sandboxId)} (${plain(name)}).\n`);
}

/** Ids of engines have 64 characters; the start of one is enough for every command. */
function shortId(id: string): string {
  return plain(id.length > 40 ? id.slice(0, 12) : id);
}
