/** `specboard run`: connect, execute, stream, disconnect. Ctrl-C cancels, twice forces, three times leaves. */
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { SpecboardError, toProblem } from '../../../src-shared/contract/errors.ts';
import type { ExecutionResult, Language } from '../../../src-shared/domain/execution.ts';
import type { Profile } from '../../../src-shared/domain/profile.ts';
import type { Session } from '../../../src-shared/domain/session.ts';
import type { Core } from '../../app/create-core.ts';
import { exitCodeOfResult } from '../exit-codes.ts';
import { findById, findProfile } from '../find.ts';
import { printOutput } from '../print-output.ts';
import { ask, isInteractive, printJson, readAll, say, type Terminal } from '../terminal.ts';

/** Options as commander gives them. */
export interface RunOptions {
  profile?: string;
  code?: string;
  lang?: 'python' | 'sh';
  timeout?: number;
  keep?: boolean;
  allowUnisolated?: boolean;
  /** Id of an ended session whose sandbox was kept. */
  session?: string;
}

/** Runs the command; gives the exit code. `interrupts` aborts: first to cancel, second to force. */
export async function runCommand(
  core: Core,
  terminal: Terminal,
  file: string | undefined,
  options: RunOptions,
  interrupts: Interrupts,
): Promise<number> {
  const { code, language } = await readCode(terminal, file, options);
  const profile = profileOf(core, options);
  if (options.keep) requireKeep(core, profile);
  const session =
    options.session === undefined
      ? await connect(core, terminal, profile, options, interrupts)
      : await core.sessions.reattach(findById(core.db.sessions.list(500), options.session, 'session').id, {
          signal: interrupts.cancel,
        });
  let result: ExecutionResult;
  try {
    for (const warning of session.warnings) await say(terminal, `[specboard] ${warning}`);
    result = await execute(
      core,
      terminal,
      session,
      { code, language, timeoutMs: options.timeout },
      interrupts,
    );
  } finally {
    const ended = await core.sessions.disconnect(session.id, options.keep ? { keep: 'leave' } : {});
    if (ended.reason.problem)
      await say(terminal, `[specboard] ${ended.reason.text}. ${ended.reason.problem.hint ?? ''}`);
    if (options.keep && !terminal.json) {
      await say(
        terminal,
        `[specboard] The sandbox goes on running. End it with: specboard sessions end ${session.id}`,
      );
    }
  }
  await sayEnd(terminal, result);
  return exitCodeOfResult(result);
}

/** What Ctrl-C means while a command runs. */
export interface Interrupts {
  cancel: AbortSignal;
  force: AbortSignal;
}

async function execute(
  core: Core,
  terminal: Terminal,
  session: Session,
  request: { code: string; language: Language; timeoutMs: number | undefined },
  interrupts: Interrupts,
): Promise<ExecutionResult> {
  const { execution, done } = core.executions.run({ sessionId: session.id, ...request });
  const cancel = () => core.executions.cancel(execution.id, { force: false });
  const force = () => core.executions.cancel(execution.id, { force: true });
  if (interrupts.cancel.aborted) cancel();
  interrupts.cancel.addEventListener('abort', cancel, { once: true });
  interrupts.force.addEventListener('abort', force, { once: true });
  const questions = answerQuestions(core, terminal);
  if (terminal.json) await printJson(terminal, { type: 'started', session, execution });
  try {
    for await (const items of core.executions.follow(execution.id, 0, {
      patient: true,
      signal: interrupts.force,
    })) {
      await printOutput(terminal, items);
    }
  } catch (error) {
    // The reader of our pipe is gone (`| head`): nobody wants the rest.
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
    force();
  } finally {
    questions.dispose();
    interrupts.cancel.removeEventListener('abort', cancel);
  }
  const result = await done;
  interrupts.force.removeEventListener('abort', force);
  if (terminal.json) {
    await printJson(terminal, { type: 'result', executionId: execution.id, result }).catch(() => {});
  }
  return result;
}

async function connect(
  core: Core,
  terminal: Terminal,
  profile: Profile,
  options: RunOptions,
  interrupts: Interrupts,
): Promise<Session> {
  const consent = options.allowUnisolated ?? false;
  const stop = interrupts.cancel;
  // Words only for those who wait: a fast connect stays silent.
  const waiting = core.clock.after(1_500, () => {
    if (!terminal.json) void say(terminal, `[specboard] Connecting to "${profile.name}"...`);
  });
  try {
    return await core.connect(profile.id, { consent, signal: stop });
  } catch (error) {
    if (toProblem(error).code !== 'consent-needed' || !isInteractive(terminal)) throw error;
    const { message } = toProblem(error);
    const answer = await ask(terminal, `${message}\nRun without isolation, on your own files? [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw error;
    return await core.connect(profile.id, { consent: true, signal: stop });
  } finally {
    waiting.dispose();
  }
}

/** Answers questions on the terminal; where nobody sits there, nothing is installed and the output says how. */
function answerQuestions(core: Core, terminal: Terminal): { dispose: () => void } {
  const seen = new Set<string>();
  const look = () => {
    for (const question of core.hub.current.questions) {
      if (seen.has(question.id)) continue;
      seen.add(question.id);
      void answer(question);
    }
  };
  const answer = async (question: (typeof core.hub.current.questions)[number]) => {
    const names = question.packages
      .map(
        ({ module, distribution, trust }) =>
          `${distribution}${trust === 'known' ? '' : ` (${trust}, for "import ${module}")`}`,
      )
      .join(', ');
    if (!isInteractive(terminal)) {
      await say(
        terminal,
        `[specboard] Missing: ${names}. Not installed: nobody to ask. See: specboard help run`,
      );
      return core.questions.answer(question.id, 'skip');
    }
    const reply = (
      await ask(terminal, `Missing: ${names}. Install? [y]es, [a]lways for this profile, [N]o `)
    ).trim();
    const chosen = /^y/i.test(reply) ? 'install' : /^a/i.test(reply) ? 'always' : 'skip';
    core.questions.answer(question.id, chosen);
  };
  const subscription = core.hub.onChange(look);
  look();
  return subscription;
}

async function readCode(
  terminal: Terminal,
  file: string | undefined,
  options: RunOptions,
): Promise<{ code: string; language: Language }> {
  if (options.code !== undefined && file !== undefined) {
    throw new SpecboardError('invalid', 'Give either -c CODE or a file, not both.');
  }
  const code = await sourceOf(terminal, file, options);
  const asked = options.lang === undefined ? undefined : options.lang === 'sh' ? 'shell' : 'python';
  return { code, language: asked ?? guessLanguage(file, code) };
}

async function sourceOf(terminal: Terminal, file: string | undefined, options: RunOptions): Promise<string> {
  if (options.code !== undefined) return options.code;
  if (file === '-' || (file === undefined && !terminal.stdin.isTTY)) return readAll(terminal.stdin);
  if (file === undefined) {
    throw new SpecboardError('invalid', 'There is nothing to run.', {
      hint: "Try: specboard run -c 'print(6*7)', or give a file, or - for standard input.",
    });
  }
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const words: Record<string, string> = {
      ENOENT: 'there is no such file',
      EISDIR: 'it is a folder',
      EACCES: 'permission denied',
    };
    throw new SpecboardError('invalid', `Cannot read ${file}: ${words[error.code ?? ''] ?? error.code}.`);
  });
}

function guessLanguage(file: string | undefined, code: string): Language {
  if (/^#!.*\b(sh|bash|zsh|dash)\b/.test(code)) return 'shell';
  return file !== undefined && ['.sh', '.bash'].includes(extname(file)) ? 'shell' : 'python';
}

/** The profile to use: the one that is named, or that of the session to go on with. */
function profileOf(core: Core, { profile, session }: RunOptions): Profile {
  if (session === undefined) return findProfile(core, profile);
  return core.profiles.get(findById(core.db.sessions.list(500), session, 'session').profileId);
}

function requireKeep(core: Core, profile: Profile): void {
  const manifest = core.registry.manifests().find(({ type }) => type === profile.driverType);
  if (manifest?.capabilities.keep.includes('leave')) return;
  throw new SpecboardError('unsupported', `"${profile.name}" ends with its session; it cannot be kept.`, {
    hint: 'Leave out --keep, or use a profile of a remote driver.',
  });
}

async function sayEnd(terminal: Terminal, result: ExecutionResult): Promise<void> {
  if (terminal.json) return;
  if (result.state === 'cancelled') await say(terminal, '[specboard] Cancelled.');
  if (result.state === 'timed-out') await say(terminal, '[specboard] Stopped: the deadline passed.');
  if (result.state === 'lost')
    await say(terminal, `[specboard] Lost: ${result.reason ?? 'the connection ended.'}`);
  if (result.state === 'failed' && result.reason) await say(terminal, `[specboard] ${result.reason}`);
}
