/**
 * `specboard terminal`: the sandbox's shell on this terminal. Keys go there as they are typed, so Ctrl-C belongs to what runs
 * there; Enter ~ . leaves from here, also where nothing answers any more. The terminal is put back as it was, always.
 */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { Core } from '../../app/create-core.ts';
import type { OpenedTerminal, OpenTerminalOptions } from '../../services/terminals.ts';
import { EscapeKeys } from '../escape-keys.ts';
import { exitCodes } from '../exit-codes.ts';
import { say, type Terminal, write } from '../terminal.ts';
import { type Interrupts, openSession, type Where } from '../use-session.ts';

/** Opens it; gives the shell's exit code. */
export async function terminalCommand(
  core: Core,
  terminal: Terminal,
  options: Where & { cwd?: string },
  interrupts: Interrupts,
): Promise<number> {
  requireTty(terminal);
  const { session, close } = await openSession(core, terminal, options, interrupts, 'as-it-was');
  try {
    const remote = await core.terminals.open(session.id, {
      size: sizeOf(terminal),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      signal: interrupts.cancel,
    });
    await say(terminal, '[specboard] Enter, then ~ and . leaves from here.');
    return await attach(terminal, remote, interrupts.cancel);
  } finally {
    await close();
  }
}

async function attach(terminal: Terminal, remote: OpenedTerminal, cancel: AbortSignal): Promise<number> {
  const stdin = terminal.stdin as NodeJS.ReadStream;
  const watched = new EscapeKeys();
  const leave = () => void remote.close().catch(() => {});
  const restore = () => {
    if (stdin.isRaw) stdin.setRawMode(false);
  };
  const onData = (bytes: Buffer) => {
    const { keys, leaves } = watched.take(bytes);
    // What does not arrive was typed into a shell that has ended, or ends: its end tells.
    if (keys.length > 0) remote.write(keys).catch(() => {});
    if (leaves) leave();
  };
  const onResize = () => void remote.resize(sizeOf(terminal)).catch(() => {});
  process.once('exit', restore);
  cancel.addEventListener('abort', leave, { once: true });
  if (cancel.aborted) leave();
  stdin.setRawMode(true);
  stdin.on('data', onData);
  stdin.once('end', leave);
  terminal.stdout.on('resize', onResize);
  try {
    for await (const chunk of remote.output) await write(terminal.stdout, chunk);
    const { exitCode, reason } = await remote.ended;
    restore();
    if (exitCode !== null) return exitCode;
    const isAsked = watched.hasLeft || cancel.aborted;
    if (!isAsked)
      await say(terminal, `\n[specboard] The terminal ended: ${reason ?? 'the connection was lost.'}`);
    return watched.hasLeft ? exitCodes.done : cancel.aborted ? exitCodes.cancelled : exitCodes.noConnection;
  } finally {
    restore();
    process.off('exit', restore);
    cancel.removeEventListener('abort', leave);
    stdin.off('data', onData);
    stdin.off('end', leave);
    stdin.pause();
    terminal.stdout.off('resize', onResize);
    await remote.close().catch(() => {});
  }
}

function requireTty({ stdin, stdout, json }: Terminal): void {
  if (stdin.isTTY && stdout.isTTY && !json) return;
  throw new SpecboardError(
    'invalid',
    'A terminal needs a terminal here: standard input and output are not one.',
    {
      hint: 'To run a command in a script: specboard run --lang sh -c COMMAND.',
    },
  );
}

function sizeOf({ stdout }: Terminal): OpenTerminalOptions['size'] {
  const { columns, rows } = stdout as NodeJS.WriteStream;
  return { cols: columns || 80, rows: rows || 24 };
}
