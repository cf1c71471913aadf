/** Stores: revisions, structural sharing, runs that never go back, one polite voice. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Announcer, digestInterval } from '../../src-renderer/stores/announcer.ts';
import { Drafts } from '../../src-renderer/stores/drafts.ts';
import {
  addPending,
  createRunsStore,
  endRun,
  mergeExecutions,
  pendingRun,
} from '../../src-renderer/stores/runs-store.ts';
import { share } from '../../src-renderer/stores/share.ts';
import { acceptStatus, createStatusStore } from '../../src-renderer/stores/status-store.ts';
import type { Execution } from '../../src-shared/domain/execution.ts';
import { type Status, statusSchema } from '../../src-shared/domain/status.ts';

function status(revision: number, patch: Partial<Status> = {}): Status {
  return statusSchema.parse({
    revision,
    at: revision,
    profiles: [],
    sessions: [],
    executions: [],
    questions: [],
    terminals: [],
    syncs: [],
    settings: {},
    secrets: { state: 'available', name: 'the keyring' },
    ...patch,
  });
}

function execution(patch: Partial<Execution> = {}): Execution {
  return {
    id: 'e1',
    sessionId: 's1',
    number: 1,
    language: 'python',
    code: '1',
    state: 'running',
    startedAt: 10,
    endedAt: null,
    result: null,
    outputBytes: 0,
    outputCount: 0,
    ...patch,
  };
}

test('a run that the status showed as running is not put back to waiting by its own, older answer', () => {
  const store = createRunsStore();
  addPending(store, pendingRun('local-1', 's1', 'python', '1', 10));
  mergeExecutions(store, [execution({ state: 'running' })]);
  mergeExecutions(store, [execution({ state: 'queued' })], 'local-1');
  expect(store.getState().runs['local-1']).toMatchObject({ state: 'running', executionId: 'e1' });
  mergeExecutions(store, [execution({ state: 'queued' })]);
  expect(store.getState().runs['local-1']?.state).toBe('running');
  expect(store.getState().bySession.s1).toEqual(['local-1']);
});

describe('status', () => {
  test('an older revision, or the same again, changes nothing', () => {
    const store = createStatusStore();
    expect(acceptStatus(store, status(5))).toBe(true);
    expect(acceptStatus(store, status(4))).toBe(false);
    expect(acceptStatus(store, status(5))).toBe(false);
    expect(store.getState().status?.revision).toBe(5);
  });

  test('what is equal stays the same object', () => {
    const store = createStatusStore();
    acceptStatus(store, status(1, { executions: [execution()] }));
    const before = store.getState().status;
    acceptStatus(store, status(2, { executions: [execution({ outputBytes: 7 })] }));
    const after = store.getState().status;
    expect(after?.settings).toBe(before?.settings);
    expect(after?.sessions).toBe(before?.sessions);
    expect(after?.executions).not.toBe(before?.executions);
  });
});

test('sharing keeps parts, sees removed keys, and leaves typed arrays alone', () => {
  const old = { a: { b: [1, { c: 2 }] }, gone: 1 };
  const next = share(old, { a: { b: [1, { c: 2 }] } } as typeof old);
  expect(next).not.toBe(old);
  expect(next.a).toBe(old.a);
  expect('gone' in next).toBe(false);
  const bytes = new Uint8Array([1]);
  expect(share({ bytes: new Uint8Array([1]) }, { bytes }).bytes).toBe(bytes);
});

describe('runs', () => {
  test('bytes that come change no run', () => {
    const store = createRunsStore();
    mergeExecutions(store, [execution()]);
    const before = store.getState();
    mergeExecutions(store, [execution({ outputBytes: 1000, outputCount: 10 })]);
    expect(store.getState()).toBe(before);
  });

  test('the end is final, whatever comes later', () => {
    const store = createRunsStore();
    mergeExecutions(store, [execution()]);
    endRun(store, 'e1', { state: 'succeeded', durationMs: 5 }, 20);
    mergeExecutions(store, [execution()]);
    expect(store.getState().runs.e1?.state).toBe('succeeded');
    endRun(store, 'e1', { state: 'failed', durationMs: 5 }, 30);
    expect(store.getState().runs.e1?.result?.state).toBe('succeeded');
  });

  test.each(['stream first', 'status first'])('a pending run and its execution become one: %s', (order) => {
    const store = createRunsStore();
    addPending(store, pendingRun('local-1', 's1', 'python', '1', 9));
    if (order === 'status first') mergeExecutions(store, [execution()]);
    mergeExecutions(store, [execution()], 'local-1');
    mergeExecutions(store, [execution({ state: 'succeeded', endedAt: 20 })]);
    expect(store.getState().bySession.s1).toEqual(['local-1']);
    expect(store.getState().runs['local-1']).toMatchObject({ executionId: 'e1', state: 'succeeded' });
  });

  test('runs are in the order of their numbers', () => {
    const store = createRunsStore();
    mergeExecutions(store, [execution({ id: 'e3', number: 3 }), execution({ id: 'e2', number: 2 })]);
    addPending(store, pendingRun('local-1', 's1', 'python', '1', 9));
    mergeExecutions(store, [execution({ id: 'e1', number: 1 })]);
    expect(store.getState().bySession.s1).toEqual(['e1', 'e2', 'e3', 'local-1']);
  });
});

describe('announcer', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('says at most one thing in five seconds, the latest of each subject', () => {
    const announcer = new Announcer(() => Date.now());
    const said: string[] = [];
    announcer.store.subscribe(({ polite }) => said.push(polite));
    for (let ms = 0; ms < 20_000; ms += 10) {
      announcer.say('run', `line ${ms}`);
      vi.advanceTimersByTime(10);
    }
    expect(said.length).toBeLessThanOrEqual(20_000 / digestInterval + 1);
    expect(said[0]).toBe('line 0');
    announcer.dispose();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('says nothing when it is turned off', () => {
    const announcer = new Announcer(() => Date.now());
    announcer.enabled = false;
    announcer.say('run', 'x');
    vi.advanceTimersByTime(10_000);
    expect(announcer.store.getState().polite).toBe('');
  });
});

test('a draft keeps the text of both languages', () => {
  const drafts = new Drafts({ language: 'python', code: { python: 'p', shell: 's' } });
  let told = 0;
  drafts.subscribe(() => {
    told += 1;
  });
  drafts.type('a', 'typed');
  expect(told).toBe(0);
  drafts.setLanguage('a', 'shell');
  expect(drafts.get('a')).toMatchObject({ language: 'shell', code: { python: 'typed', shell: 's' } });
  expect(drafts.get('b').language).toBe('python');
  expect(told).toBe(1);
});
