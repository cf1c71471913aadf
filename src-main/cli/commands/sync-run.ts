/** `specboard sync plan|run|watch`: what would happen, once, and until Ctrl-C. */
import { SpecboardError, toProblem } from '../../../src-shared/contract/errors.ts';
import type { SyncAnswer, SyncHalt, SyncPlan, SyncRoot } from '../../../src-shared/domain/sync.ts';
import { syncPageLimit } from '../../../src-shared/domain/sync.ts';
import { exitCodeOfError, exitCodes } from '../exit-codes.ts';
import { findSync } from '../find-sync.ts';
import { createStatusLine } from '../status-line.ts';
import { inSyncSession } from '../sync-session.ts';
import { conflictWords, haltLines, planLine, planWords, progressWords, summaryWords } from '../sync-words.ts';
import {
  ask,
  isInteractive,
  plain,
  printJson,
  printProblem,
  say,
  type Terminal,
  table,
  write,
} from '../terminal.ts';
import type { SyncCall } from './sync.ts';

/** Options of these commands. */
export interface RunOptions {
  yes?: boolean;
  answer?: SyncAnswer;
  checksum?: boolean;
}

/** Lines of a plan that are shown before a question. */
const shownFirst = 20;

/** Says what a run would do. */
export function planSync(call: SyncCall, name: string | undefined, options: RunOptions): Promise<number> {
  const { core, terminal, interrupts } = call;
  const root = findSync(core, name);
  return inSyncSession(call, root, async () => {
    const plan = await makePlan(call, root, options);
    await printPlan(terminal, plan);
    for (let offset = syncPageLimit; offset < plan.total; offset += syncPageLimit) {
      const page = { offset, limit: syncPageLimit };
      await printItems(terminal, await core.sync.plan(root.id, page, interrupts.cancel));
    }
    return exitCodes.done;
  });
}

/** Syncs once. */
export function runSync(call: SyncCall, name: string | undefined, options: RunOptions): Promise<number> {
  const root = findSync(call.core, name);
  return inSyncSession(call, root, async () => {
    const agreed = await agree(call, root, options);
    if (agreed === null) return exitCodes.waiting;
    return cycle(call, root, agreed, options);
  });
}

/** Keeps both sides the same until Ctrl-C, or until the sandbox ends. */
export function watchSync(call: SyncCall, name: string | undefined, options: RunOptions): Promise<number> {
  const { core, terminal, interrupts } = call;
  const root = findSync(core, name);
  return inSyncSession(call, root, async (ended) => {
    const agreed = await agree(call, root, options);
    if (agreed === null) return exitCodes.waiting;
    const first = await cycle(call, root, agreed, options);
    if (first !== exitCodes.done && core.sync.get(root.id).conflicts === 0) return first;
    if (!terminal.json) await say(terminal, `[specboard] Watching ${plain(root.localPath)}. Ctrl-C ends it.`);
    await core.sync.watch(root.id, true, { only: true });
    try {
      return await untilOver(call, root, AbortSignal.any([interrupts.cancel, ended]));
    } finally {
      await core.sync.watch(root.id, false, { only: true });
    }
  });
}

/** Shows the plan of the first sync and asks. Null: nobody agreed. */
async function agree(call: SyncCall, root: SyncRoot, options: RunOptions): Promise<boolean | null> {
  const { core, terminal } = call;
  if (core.db.syncRoots.get(root.id)?.confirmed) return false;
  if (options.yes) return true;
  const plan = await makePlan(call, root, options);
  if (plan.halt?.reason !== 'first-sync') return false;
  await printPlan(terminal, plan, shownFirst);
  if (isInteractive(terminal)) {
    const answer = await ask(terminal, 'Sync now? [y/N] ');
    return /^y(es)?$/i.test(answer.trim()) ? true : null;
  }
  if (!terminal.json)
    await say(terminal, '[specboard] This is the first sync of these folders: agree with --yes.');
  return null;
}

/** One cycle with its questions; an exit code. */
async function cycle(
  call: SyncCall,
  root: SyncRoot,
  confirmed: boolean,
  options: RunOptions,
): Promise<number> {
  const { core, terminal, interrupts } = call;
  const line = createStatusLine(terminal, () => core.clock.now());
  const hearing = core.hub.onChange(({ syncs }) => {
    const progress = syncs.find(({ id }) => id === root.id)?.progress;
    if (progress) line.show(`[specboard] ${progressWords(progress)}`);
  });
  // It may have been taken apart meanwhile.
  const stop = () => void core.sync.stop(root.id).catch(() => {});
  interrupts.cancel.addEventListener('abort', stop, { once: true });
  try {
    interrupts.cancel.throwIfAborted();
    let { finished } = await core.sync.begin(root.id, { confirmed, checksum: options.checksum ?? false });
    for (;;) {
      const { outcome, halt, problem, summary } = await finished;
      line.clear();
      if (outcome === 'waiting' && halt) {
        const answer = await answerTo(terminal, halt, options);
        if (answer) {
          ({ finished } = await core.sync.answer(root.id, answer, halt.reason));
          continue;
        }
      }
      const { conflicts } = core.sync.get(root.id);
      if (terminal.json)
        await printJson(terminal, {
          type: 'result',
          rootId: root.id,
          outcome,
          summary,
          halt,
          problem,
          conflicts,
        });
      if (outcome === 'waiting') return exitCodes.waiting;
      if (problem) {
        if (!terminal.json) await printProblem(terminal, problem);
        return exitCodeOfError(problem.code);
      }
      if (outcome === 'cancelled') return exitCodes.cancelled;
      if (!terminal.json) await sayDone(terminal, root, summaryWords(summary), conflicts);
      return conflicts > 0 ? exitCodes.waiting : exitCodes.done;
    }
  } finally {
    interrupts.cancel.removeEventListener('abort', stop);
    hearing.dispose();
    line.clear();
  }
}

async function sayDone(terminal: Terminal, root: SyncRoot, words: string, conflicts: number): Promise<void> {
  await write(terminal.stdout, `${plain(root.localPath)}: ${words}\n`);
  if (conflicts > 0) {
    const wait = conflicts === 1 ? 'waits' : 'wait';
    await say(terminal, `[specboard] ${conflictWords(conflicts)} ${wait} for you: specboard sync resolve`);
  }
}

/** What the options or the person on the terminal say; null: nothing, and the question was shown. */
async function answerTo(terminal: Terminal, halt: SyncHalt, options: RunOptions): Promise<SyncAnswer | null> {
  const { answers, reason } = halt;
  const given = options.answer ?? (options.yes && reason === 'first-sync' ? 'go-on' : undefined);
  if (given && answers.includes(given)) {
    // One answer answers one question: what comes after it is asked anew.
    delete options.answer;
    return given;
  }
  if (terminal.json) return null;
  await say(terminal, `specboard: ${haltLines(halt).join('\n')}`);
  if (!isInteractive(terminal) || answers.length === 0) return null;
  const words = (
    await ask(terminal, `Your answer (${answers.join(', ')}; Enter leaves it as it is): `)
  ).trim();
  return answers.find((answer) => answer === words) ?? null;
}

async function makePlan(call: SyncCall, root: SyncRoot, options: RunOptions): Promise<SyncPlan> {
  const page = { offset: 0, limit: syncPageLimit, checksum: options.checksum ?? false };
  return call.core.sync.plan(root.id, page, call.interrupts.cancel);
}

async function printPlan(terminal: Terminal, plan: SyncPlan, most = syncPageLimit): Promise<void> {
  const { items, ...rest } = plan;
  if (terminal.json) {
    await printJson(terminal, { type: 'plan', ...rest });
    return printItems(terminal, plan);
  }
  for (const warning of plan.warnings) await say(terminal, `[specboard] ${warning}`);
  await printItems(terminal, { ...plan, items: items.slice(0, most) });
  if (plan.total > most && most < syncPageLimit)
    await write(terminal.stdout, `... and ${plan.total - most} more\n`);
  await write(terminal.stdout, `${planWords(plan)}\n`);
  if (plan.halt && plan.halt.reason !== 'first-sync') await say(terminal, haltLines(plan.halt).join('\n'));
}

async function printItems(terminal: Terminal, { items }: SyncPlan): Promise<void> {
  if (terminal.json) {
    for (const item of items) await printJson(terminal, { type: 'item', ...item });
  } else if (items.length > 0) {
    await write(terminal.stdout, `${table(items.map(planLine))}\n`);
  }
}

/** Tells of what happens until it is over; an exit code. */
async function untilOver(
  { core, terminal, interrupts }: SyncCall,
  root: SyncRoot,
  over: AbortSignal,
): Promise<number> {
  let seen = core.sync.get(root.id);
  const lines: Promise<unknown>[] = [];
  const tell = (work: () => Promise<unknown>) => lines.push(work());
  const asked = new AbortController();
  const hearing = core.hub.onChange(({ syncs }) => {
    const now = syncs.find(({ id }) => id === root.id);
    if (!now || now === seen) return;
    const before = seen;
    seen = now;
    if (terminal.json) {
      const isNews =
        now.state !== before.state || now.last !== before.last || now.conflicts !== before.conflicts;
      if (isNews) tell(() => printJson(terminal, { type: 'status', root: now }));
    } else {
      const time = new Date(core.clock.now()).toLocaleTimeString();
      if (
        now.last &&
        JSON.stringify(now.last) !== JSON.stringify(before.last) &&
        now.lastSyncedAt !== before.lastSyncedAt
      )
        tell(() =>
          write(terminal.stdout, `${time} ${summaryWords(now.last as NonNullable<typeof now.last>)}\n`),
        );
      if (now.state === 'offline' && before.state !== 'offline')
        tell(() => say(terminal, `[specboard] ${time} The sandbox cannot be reached; trying again.`));
      if (now.problem && now.problem.message !== before.problem?.message)
        tell(() => say(terminal, `[specboard] ${time} ${now.problem?.message}`));
    }
    if (now.state === 'waiting' && now.halt) {
      const { halt } = now;
      tell(() =>
        terminal.json ? Promise.resolve() : say(terminal, `specboard: ${haltLines(halt).join('\n')}`),
      );
      asked.abort();
    }
  });
  try {
    await aborted(AbortSignal.any([over, asked.signal]));
    await Promise.all(lines);
    if (asked.signal.aborted) return exitCodes.waiting;
    if (interrupts.cancel.aborted) return exitCodes.done;
    throw over.reason instanceof SpecboardError
      ? over.reason
      : SpecboardError.fromProblem(toProblem(over.reason));
  } finally {
    hearing.dispose();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    // Timers of the core never keep a process alive; somebody who waits does.
    const alive = setInterval(() => {}, 60_000);
    const done = () => {
      clearInterval(alive);
      resolve();
    };
    if (signal.aborted) done();
    else signal.addEventListener('abort', done, { once: true });
  });
}
