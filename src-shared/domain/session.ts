/**
 * A session: one live connection to one sandbox. Value types and the pure state machine (`stepSession`).
 * The database and the contract know four states; what a person sees is derived in domain/session-view.ts.
 */
import { z } from 'zod';
import { problemSchema } from '../contract/errors.ts';
import { driverTypes } from './driver-manifest.ts';
import { jsonObjectSchema } from './json.ts';

/** `remote_session.status`. */
export const sessionStatuses = ['connecting', 'active', 'disconnected', 'error'] as const;
/** One of `sessionStatuses`. */
export type SessionStatus = (typeof sessionStatuses)[number];

/** What happens to the sandbox at disconnect. `end`: ended and deleted; `pause`: kept asleep; `leave`: goes on running (and costing). */
export const keepModes = ['end', 'pause', 'leave'] as const;
/** One of `keepModes`. */
export type KeepMode = (typeof keepModes)[number];

/** Why a session is in the state it is in. */
export const sessionReasonSchema = z.strictObject({
  /** A few words: "Connected", "Ended by you", "The sandbox reached its end time". */
  text: z.string(),
  problem: problemSchema.optional(),
});
/** See `sessionReasonSchema`. */
export type SessionReason = z.infer<typeof sessionReasonSchema>;

/** Whether the sandbox can be reached now. Only of meaning while the session is active. */
export const sessionLinkSchema = z.strictObject({
  state: z.enum(['live', 'retrying']),
  /** When it became so: for a link that is retried, when the last of the sandbox was heard. */
  since: z.number(),
  /** Which try is next or under way; 0 while the link is live, and while it is only looked at. */
  attempt: z.number().int().min(0),
  /** When the next try begins; null: it is under way, or none is needed. */
  nextAt: z.number().nullable(),
});
/** See `sessionLinkSchema`. */
export type SessionLink = z.infer<typeof sessionLinkSchema>;

/** What a driver tells of its link. `nextAt` null: it tries right now. */
export type LinkChange = { state: 'live' } | { state: 'retrying'; attempt: number; nextAt: number | null };

/** A session as every listener sees it. No secret is ever in `metadata`. */
export const sessionSchema = z.strictObject({
  id: z.string(),
  profileId: z.string(),
  profileName: z.string(),
  driverType: z.enum(driverTypes),
  status: z.enum(sessionStatuses),
  /** True between the request to disconnect and its end; the status stays what it was until then. */
  disconnecting: z.boolean(),
  reason: sessionReasonSchema,
  /** When it became what it is: connecting, active, being ended, ended. */
  changedAt: z.number(),
  link: sessionLinkSchema,
  /** What connect is doing now ("Creating the sandbox"), for people who wait. */
  step: z.string().nullable(),
  startedAt: z.number(),
  lastActivity: z.number(),
  endedAt: z.number().nullable(),
  /** When the vendor will end the sandbox, where it has such a time; ms since the epoch. */
  endsAt: z.number().nullable(),
  /** What the plain "Disconnect" does with the sandbox, as the profile says; null before it is active. */
  keep: z.enum(keepModes).nullable(),
  /** `none` means: code runs as the person, on the person's files. */
  isolation: z.enum(['microvm', 'container', 'os-sandbox', 'none']).nullable(),
  /** Shown verbatim: "Code is not isolated on this system." */
  warnings: z.array(z.string()),
  metadata: jsonObjectSchema,
});
/** See `sessionSchema`. */
export type Session = z.infer<typeof sessionSchema>;

/** What can happen to a session. Every change carries its time (ms since the epoch). */
export type SessionChange =
  | { type: 'step'; at: number; step: string }
  | {
      type: 'connected';
      at: number;
      endsAt: number | null;
      isolation: Session['isolation'];
      warnings: string[];
      metadata: Session['metadata'];
      keep: KeepMode;
    }
  | { type: 'activity'; at: number }
  | { type: 'metadata'; at: number; metadata: Session['metadata'] }
  | { type: 'ends-at'; at: number; endsAt: number | null }
  | { type: 'link'; at: number; link: LinkChange }
  | { type: 'disconnect-requested'; at: number }
  | { type: 'disconnected'; at: number; reason: SessionReason }
  | { type: 'failed'; at: number; reason: SessionReason };

/** True when the session will not change any more. */
export function isEnded(session: Session): boolean {
  return session.status === 'disconnected' || session.status === 'error';
}

/** True where the sandbox of an ended session may still exist, and cost: left on purpose, paused, or after a crash. */
export function mayStillRun(session: Session): boolean {
  const { left } = session.metadata;
  return isEnded(session) && (left === 'unknown' || left === 'leave' || left === 'pause');
}

/**
 * The state machine: connecting -> active -> disconnected | error (connecting may also end directly). Returns the same
 * object where a change does not apply; `disconnected` and `error` are final.
 */
export function stepSession(session: Session, change: SessionChange): Session {
  if (isEnded(session)) return session;
  switch (change.type) {
    case 'step':
      if (session.status !== 'connecting' || session.step === change.step) return session;
      return { ...session, step: change.step };
    case 'connected':
      if (session.status !== 'connecting') return session;
      return {
        ...session,
        status: 'active',
        step: null,
        reason: { text: 'Connected' },
        lastActivity: change.at,
        changedAt: change.at,
        link: liveLink(change.at),
        endsAt: change.endsAt,
        isolation: change.isolation,
        warnings: change.warnings,
        keep: change.keep,
        metadata: { ...session.metadata, ...change.metadata },
      };
    case 'activity':
      return change.at > session.lastActivity ? { ...session, lastActivity: change.at } : session;
    case 'metadata':
      return { ...session, metadata: { ...session.metadata, ...change.metadata } };
    case 'ends-at':
      return session.endsAt === change.endsAt ? session : { ...session, endsAt: change.endsAt };
    case 'link':
      return stepLink(session, change.at, change.link);
    case 'disconnect-requested':
      return session.disconnecting ? session : { ...session, disconnecting: true, changedAt: change.at };
    case 'disconnected':
      return end(session, 'disconnected', change.at, change.reason);
    case 'failed':
      return end(session, 'error', change.at, change.reason);
  }
}

/** A link that works since then. */
export function liveLink(since: number): SessionLink {
  return { state: 'live', since, attempt: 0, nextAt: null };
}

/** Only an active session has a link; `since` stays from the break to the end of the last try. */
function stepLink(session: Session, at: number, change: LinkChange): Session {
  if (session.status !== 'active') return session;
  const { link } = session;
  if (change.state === 'live') return link.state === 'live' ? session : { ...session, link: liveLink(at) };
  const { attempt, nextAt } = change;
  const isSame = link.state === 'retrying' && link.attempt === attempt && link.nextAt === nextAt;
  if (isSame) return session;
  const since = link.state === 'retrying' ? link.since : at;
  return { ...session, link: { state: 'retrying', since, attempt, nextAt } };
}

function end(session: Session, status: 'disconnected' | 'error', at: number, reason: SessionReason): Session {
  const ended = { endedAt: at, lastActivity: at, changedAt: at };
  return { ...session, ...ended, status, disconnecting: false, step: null, reason };
}
