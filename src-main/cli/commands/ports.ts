/** `specboard ports PORT`: where a port of a sandbox can be reached from here. */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { Core } from '../../app/create-core.ts';
import { printJson, say, type Terminal, write } from '../terminal.ts';
import { type Interrupts, isExisting, openSession, type Where } from '../use-session.ts';

/** Prints the address on standard output, what one should know about it on standard error. */
export async function showPort(
  core: Core,
  terminal: Terminal,
  port: string,
  where: Where,
  interrupts: Interrupts,
): Promise<void> {
  if (!isExisting(where) && !where.keep) {
    throw new SpecboardError(
      'invalid',
      'Which sandbox? A fresh one would end at once, and its ports with it.',
      {
        hint: 'Add --session ID, --sandbox ID, or --keep.',
      },
    );
  }
  const number = /^\d+$/.test(port) ? Number(port) : Number.NaN;
  const { session, close } = await openSession(core, terminal, where, interrupts, 'as-it-was');
  try {
    const address = await core.ports.address(session.id, number, interrupts.cancel);
    if (terminal.json) return await printJson(terminal, address);
    await write(terminal.stdout, `${address.url}\n`);
    if (address.note) await say(terminal, `[specboard] ${address.note}`);
  } finally {
    await close();
  }
}
