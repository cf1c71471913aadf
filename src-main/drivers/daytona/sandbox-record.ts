/** What the control plane says about a sandbox, checked: states, times, labels. */
import { z } from 'zod';
import type { RemoteSandbox } from '../driver.ts';
import { labelKeys } from './manifest.ts';

/** A minute in ms. */
export const minute = 60_000;

const time = z
  .union([z.string(), z.number(), z.date()])
  .nullish()
  .transform((value) => (value == null ? null : new Date(value).getTime()))
  .transform((value) => (value === null || Number.isNaN(value) ? null : value));
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');

/** Only what the driver uses; lists leave some of it out. */
export const recordSchema = z.object({
  id: z.string().min(1).max(200),
  name: text,
  state: text,
  desiredState: text,
  errorReason: text,
  recoverable: z.boolean().nullish(),
  labels: z
    .record(z.string(), z.string())
    .nullish()
    .transform((value) => value ?? {}),
  snapshot: text,
  target: text,
  sandboxClass: text,
  autoStopInterval: z.number().nullish(),
  autoArchiveInterval: z.number().nullish(),
  autoDeleteInterval: z.number().nullish(),
  createdAt: time,
  updatedAt: time,
  lastActivityAt: time,
  autoDestroyAt: time,
  toolboxProxyUrl: text,
});
/** See `recordSchema`. */
export type SandboxRecord = z.infer<typeof recordSchema>;

/** A page of sandboxes. */
export const pageSchema = z.object({ items: z.array(recordSchema), nextCursor: z.string().nullish() });

/** States in which code can run. */
export const isRunning = (state: string): boolean => state === 'started';
/** States from which a start brings it back. */
export const isAsleep = (state: string): boolean => ['stopped', 'archived', 'paused'].includes(state);
/** States that end in `started` by themselves. */
export const isComing = (state: string): boolean =>
  /^(creating|restoring|starting|resuming|resizing|forking|pending_build|building_snapshot|pulling_snapshot|snapshotting|unknown|)$/.test(
    state,
  );
/** States that end asleep by themselves. */
export const isGoingToSleep = (state: string): boolean =>
  ['stopping', 'pausing', 'archiving'].includes(state);
/** It is not there any more, or will not be in a moment. */
export const isDestroyed = (state: string): boolean => state === 'destroyed' || state === 'destroying';
/** It will not get better by itself. */
export const isBroken = (state: string): boolean => state === 'error' || state === 'build_failed';

/** What is being done in a state, for people who wait. */
export function stepOf(state: string): string {
  switch (state) {
    case 'pending_build':
    case 'building_snapshot':
      return 'Building the image';
    case 'pulling_snapshot':
      return 'Fetching the snapshot';
    case 'restoring':
      return 'Fetching the sandbox from the archive';
    case 'stopping':
    case 'pausing':
    case 'archiving':
      return 'Waiting until the sandbox has stopped';
    case 'creating':
      return 'Creating the sandbox';
    default:
      return 'Starting the sandbox';
  }
}

/** As the rest of SpecBoard knows it; the session's id only for sandboxes of this installation. */
export function remoteSandbox(record: SandboxRecord, installationId: string): RemoteSandbox {
  const owner = record.labels[labelKeys.installation] ?? null;
  const { state } = record;
  return {
    sandboxId: record.id,
    name: record.labels[labelKeys.profile] || record.name || record.id,
    state:
      isRunning(state) || (isComing(state) && state !== 'unknown' && state !== '')
        ? 'running'
        : isAsleep(state) || isGoingToSleep(state)
          ? 'paused'
          : 'unknown',
    startedAt: record.createdAt,
    endsAt: isRunning(state) ? idleEnd(record) : record.autoDestroyAt,
    sessionId: owner === installationId ? (record.labels[labelKeys.session] ?? null) : null,
    installationId: owner,
  };
}

/** When Daytona will stop it if nobody uses it; null where it has no such time. */
export function idleEnd(record: SandboxRecord): number | null {
  const { autoStopInterval: minutes, lastActivityAt, updatedAt, createdAt } = record;
  const last = lastActivityAt ?? updatedAt ?? createdAt;
  if (!minutes || last === null) return record.autoDestroyAt;
  const end = last + minutes * minute;
  return record.autoDestroyAt === null ? end : Math.min(end, record.autoDestroyAt);
}
