/** A session for one command: a fresh one, one that was kept, or a sandbox that runs; and how it is left afterwards. */
import { SpecboardError, toProblem } from '../../src-shared/contract/errors.ts';
import type { Profile } from '../../src-shared/domain/profile.ts';
import { isEnded, type KeepMode, mayStillRun, type Session } from '../../src-shared/domain/session.ts';
import type { Core } from '../app/create-core.ts';
import { findById, findProfile, findSandbox } from './find.ts';
import { createStatusLine } from './status-line.ts';
import { ask, isInteractive, plain, say, type Terminal } from './terminal.ts';

/** Which session a command is about, as commander gives it. */
export interface Where {
  profile?: string;
  /** Id of a session whose sandbox was kept, or that lives in another SpecBoard. */
  session?: string;
  /** Id of a sandbox, whoever started it. */
  sandbox?: string;
  /** Leave the sandbox running afterwards. */
  keep?: boolean;
  allowUnisolated?: boolean;
}

/** What Ctrl-C means while a command runs. */
export interface Interrupts {
  cancel: AbortSignal;
  force: AbortSignal;
}

/** A session that was opened for a command. */
export interface OpenedSession {
  session: Session;
  /** Disconnects, and says what became of the sandbox where that is not what one expects. */
  close(): Promise<void>;
}

/** True where the command is about a sandbox that is there already. */
export function isExisting({ session, sandbox }: Where): boolean {
  return session !== undefined || sandbox !== undefined;
}

/** The profile a command is about: the one that is named, or that of the session. */
export function profileOf(core: Core, { profile, session }: Where): Profile {
  if (session === undefined) return findProfile(core, profile);
  return core.profiles.get(findById(core.db.sessions.list(500), session, 'session').profileId);
}

/**
 * Opens it. The caller closes it, whatever happens. `afterwards`: a sandbox that was there is left as it was, or as the profile
 * says. Throws what connecting says; where a person must agree to run without isolation, asks on a terminal.
 */
export async function openSession(
  core: Core,
  terminal: Terminal,
  where: Where,
  interrupts: Interrupts,
  afterwards: 'as-it-was' | 'as-the-profile-says',
): Promise<OpenedSession> {
  if (where.session !== undefined && where.sandbox !== undefined) {
    throw new SpecboardError('invalid', 'Give either --session or --sandbox, not both.');
  }
  const profile = profileOf(core, where);
  if (where.keep) requireKeep(core, profile);
  const { session, earlier } = await begin(core, terminal, profile, where, interrupts);
  for (const warning of session.warnings) await say(terminal, `[specboard] ${warning}`);
  const isLeft = isExisting(where) && (where.sandbox !== undefined || afterwards === 'as-it-was');
  const keep: KeepMode | undefined = where.keep
    ? 'leave'
    : isLeft
      ? earlier?.metadata.left === 'pause'
        ? 'pause'
        : 'leave'
      : undefined;
  return {
    session,
    close: async () => {
      const ended = await core.sessions.disconnect(session.id, { keep });
      if (ended.reason.problem)
        await say(terminal, `[specboard] ${ended.reason.text}. ${ended.reason.problem.hint ?? ''}`);
      // One that was there before is left as it was, which nobody needs to hear.
      const isNews = where.keep || !isExisting(where) || ended.reason.problem !== undefined;
      if (isNews && mayStillRun(ended) && !terminal.json) await say(terminal, keptWords(ended));
    },
  };
}

/** What became of the sandbox, and what can be done with it. */
function keptWords({ id, metadata, reason }: Session): string {
  const words = metadata.left === 'pause' ? `${reason.text}.` : 'The sandbox goes on running.';
  const what = metadata.left === 'unknown' ? 'The sandbox may be there still.' : words;
  return `[specboard] ${what} Go on in it with --session ${id.slice(0, 8)}, or end it with: specboard sessions end ${id}`;
}

async function begin(
  core: Core,
  terminal: Terminal,
  profile: Profile,
  where: Where,
  interrupts: Interrupts,
): Promise<{ session: Session; earlier?: Session }> {
  const signal = interrupts.cancel;
  if (where.sandbox !== undefined) {
    const { sandboxId } = await findSandbox(core, profile, where.sandbox, signal);
    return {
      session: await whileShown(core, terminal, profile, () =>
        core.sandboxes.attach(profile.id, sandboxId, { signal }),
      ),
    };
  }
  if (where.session !== undefined) {
    const named = findById(core.db.sessions.list(500), where.session, 'session');
    // Each command is a session of its own: the id that was kept first goes on naming the sandbox.
    const earlier = core.sessions.holderOf(named);
    const { sandboxId } = earlier.metadata;
    const isElsewhere = !isEnded(earlier) && typeof sandboxId === 'string';
    const session = await whileShown(core, terminal, profile, () =>
      isElsewhere
        ? core.sandboxes.attach(profile.id, sandboxId, { signal })
        : core.sessions.reattach(earlier.id, { signal }),
    );
    return { session, earlier };
  }
  return { session: await connect(core, terminal, profile, where, signal) };
}

async function connect(
  core: Core,
  terminal: Terminal,
  profile: Profile,
  where: Where,
  signal: AbortSignal,
): Promise<Session> {
  const consent = where.allowUnisolated ?? false;
  try {
    return await whileShown(core, terminal, profile, () => core.connect(profile.id, { consent, signal }));
  } catch (error) {
    if (toProblem(error).code !== 'consent-needed' || !isInteractive(terminal)) throw error;
    const { message } = toProblem(error);
    const answer = await ask(terminal, `${message}\nRun without isolation, on your own files? [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw error;
    return core.connect(profile.id, { consent: true, signal });
  }
}

/** Words only for those who wait: a fast connect stays silent. On a terminal the steps are shown as they come. */
async function whileShown<T>(
  core: Core,
  terminal: Terminal,
  profile: Profile,
  work: () => Promise<T>,
): Promise<T> {
  const line = createStatusLine(terminal, () => core.clock.now());
  const startedAt = core.clock.now();
  const waiting = core.clock.after(1_500, () => {
    if (!terminal.json) void say(terminal, `[specboard] Connecting to "${profile.name}"...`);
  });
  const steps = core.hub.onChange(({ sessions }) => {
    const step = sessions.find(
      ({ status, profileId }) => status === 'connecting' && profileId === profile.id,
    )?.step;
    if (step && core.clock.now() - startedAt > 1_500) line.show(`[specboard] ${plain(step)}`);
  });
  try {
    return await work();
  } finally {
    waiting.dispose();
    steps.dispose();
    line.clear();
  }
}

function requireKeep(core: Core, profile: Profile): void {
  const manifest = core.registry.manifests().find(({ type }) => type === profile.driverType);
  if (manifest?.capabilities.keep.includes('leave')) return;
  throw new SpecboardError('unsupported', `"${profile.name}" ends with its session; it cannot be kept.`, {
    hint: 'Leave out --keep, or use a profile of a driver that can keep its sandboxes.',
  });
}
