/** Small statuses for tests: each builder gives a valid value, changed by what the test cares about. */
import type { Execution } from '../../../../src-shared/domain/execution.ts';
import type { Profile } from '../../../../src-shared/domain/profile.ts';
import type { Session } from '../../../../src-shared/domain/session.ts';
import { settingsSchema } from '../../../../src-shared/domain/settings.ts';
import type { Status } from '../../../../src-shared/domain/status.ts';

/** A uuid that ends in this number. */
export function uuid(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

/** A profile; number 1 is the default one. */
export function profile(n: number, change: Partial<Profile> = {}): Profile {
  return {
    id: uuid(n),
    name: `profile ${n}`,
    driverType: 'local',
    settings: {},
    isDefault: n === 1,
    createdAt: 0,
    updatedAt: 0,
    credentials: [],
    ...change,
  };
}

/** An active session of profile 1. */
export function session(n: number, change: Partial<Session> = {}): Session {
  return {
    id: uuid(100 + n),
    profileId: uuid(1),
    profileName: 'profile 1',
    driverType: 'local',
    status: 'active',
    disconnecting: false,
    reason: { text: 'Connected' },
    changedAt: n,
    keep: 'end',
    link: { state: 'live', since: n, attempt: 0, nextAt: null },
    step: null,
    startedAt: n,
    lastActivity: n,
    endedAt: null,
    endsAt: null,
    isolation: 'os-sandbox',
    warnings: [],
    metadata: {},
    ...change,
  };
}

/** A running execution of session 1. */
export function execution(n: number, change: Partial<Execution> = {}): Execution {
  return {
    id: uuid(200 + n),
    sessionId: uuid(101),
    number: n,
    language: 'python',
    code: 'print(1)',
    state: 'running',
    startedAt: 0,
    endedAt: null,
    result: null,
    outputBytes: 0,
    outputCount: 0,
    ...change,
  };
}

/** A status with profile 1 and nothing alive. */
export function status(change: Partial<Status> = {}): Status {
  return {
    revision: 1,
    at: 0,
    profiles: [profile(1)],
    sessions: [],
    executions: [],
    questions: [],
    terminals: [],
    syncs: [],
    settings: settingsSchema.parse({}),
    secrets: { state: 'available', name: 'the keyring' },
    ...change,
  };
}
