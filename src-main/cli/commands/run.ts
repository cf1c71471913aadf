/** `specboard run`: connect, execute, stream, disconnect. Ctrl-C cancels, twice forces, three times leaves. */
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { ExecutionResult, Language } from '../../../src-shared/domain/execution.ts';
import type { Session } from '../../../src-shared/domain/session.ts';
import type { Core } from '../../app/create-core.ts';
import { exitCodeOfResult } from '../exit-codes.ts';
import { printOutput } from '../print-output.ts';
import { ask, isInteractive, printJson, readAll, say, type Terminal } from '../terminal.ts';
import { type Interrupts, openSession, type Where } from '../use-session.ts';

/** Options as commander gives them. */
export interface RunOptions extends Where {
  code?: string;
  lang?: 'python' | 'sh';
  timeout?: number;
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
  const { session, close } = await openSession(core, terminal, options, interrupts, 'as-the-profile-says');
  let result: ExecutionResult;
  try {
    const request = { code, language, timeoutMs: options.timeout };
    result = await execute(core, terminal, session, request, interrupts);
  } finally {
    await close();
  }
  await sayEnd(terminal, result);
  return exitCodeOfResult(result);
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

async function sayEnd(terminal: Terminal, result: ExecutionResult): Promise<void> {
  if (terminal.json) return;
  if (result.state === 'cancelled') await say(terminal, '[specboard] Cancelled.');
  if (result.state === 'timed-out') await say(terminal, '[specboard] Stopped: the deadline passed.');
  if (result.state === 'lost')
    await say(terminal, `[specboard] Lost: ${result.reason ?? 'the connection ended.'}`);
  if (result.state === 'failed' && result.reason) await say(terminal, `[specboard] ${result.reason}`);
}
