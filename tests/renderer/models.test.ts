/** Pure models of the window: what a session is called, what the sidebar shows, what a form sends. */
import { describe, expect, test } from 'vitest';
import { toForm, toSettings } from '../../src-renderer/features/profile-editor/form-values.ts';
import { createSidebarModel } from '../../src-renderer/features/sidebar/sidebar-model.ts';
import { formatBytes, formatClockDuration, formatDuration } from '../../src-renderer/messages/format.ts';
import type { Field } from '../../src-shared/domain/driver-manifest.ts';
import type { Execution } from '../../src-shared/domain/execution.ts';
import type { Session } from '../../src-shared/domain/session.ts';
import { statusSchema } from '../../src-shared/domain/status.ts';

const session: Session = {
  id: 's1',
  profileId: 'p1',
  profileName: 'Work',
  driverType: 'local',
  status: 'active',
  disconnecting: false,
  reason: { text: 'Connected' },
  changedAt: 1,
  keep: 'end',
  link: { state: 'live', since: 1, attempt: 0, nextAt: null },
  step: null,
  startedAt: 1,
  lastActivity: 1,
  endedAt: null,
  endsAt: null,
  isolation: null,
  warnings: [],
  metadata: {},
};
const running: Execution = {
  id: 'e1',
  sessionId: 's1',
  number: 41,
  language: 'python',
  code: '',
  state: 'running',
  startedAt: 1,
  endedAt: null,
  result: null,
  outputBytes: 0,
  outputCount: 0,
};
test('the sidebar model stays the same object while only output and activity change', () => {
  const select = createSidebarModel();
  const status = (lastActivity: number, outputBytes: number) =>
    statusSchema.parse({
      revision: lastActivity,
      at: 0,
      profiles: [],
      sessions: [{ ...session, lastActivity }],
      executions: [{ ...running, outputBytes }],
      questions: [],
      terminals: [],
      syncs: [],
      settings: {},
      secrets: { state: 'available', name: 'x' },
    });
  const first = select({ status: status(1, 0), drivers: [] });
  expect(select({ status: status(2, 5000), drivers: [] })).toBe(first);
  expect(first.groups[0]?.sessions).toHaveLength(1);
});

describe('form', () => {
  const fields: Field[] = [
    { kind: 'text', key: 'image', label: 'Image' },
    { kind: 'number', key: 'minutes', label: 'Minutes' },
    { kind: 'toggle', key: 'network', label: 'Network' },
    { kind: 'pairs', key: 'env', label: 'Environment' },
  ];
  const settings = { image: 'a', minutes: 5, network: true, env: { A: '1' }, unknown: 'kept' };

  test('there and back is the same', () => {
    expect(toSettings(fields, toForm(fields, settings), settings)).toEqual(settings);
  });

  test('empty fields are left out, numbers are numbers, what is no number is left to the schema', () => {
    const values = { ...toForm(fields, settings), image: '  ', minutes: '7' };
    expect(toSettings(fields, values, settings)).toEqual({
      minutes: 7,
      network: true,
      env: { A: '1' },
      unknown: 'kept',
    });
    expect(toSettings(fields, { ...values, minutes: 'abc' }, settings).minutes).toBe('abc');
  });

  test('pairs without a name are dropped', () => {
    const env = [
      { id: 0, name: ' B ', value: '2' },
      { id: 1, name: '', value: 'x' },
    ];
    expect(toSettings(fields, { env }, {}).env).toEqual({ B: '2' });
  });
});

test('sizes and times in words', () => {
  expect([0, 1023, 1024, 1_258_291, 5 * 1024 ** 3].map(formatBytes)).toEqual([
    '0 B',
    '1,023 B',
    '1 KB',
    '1.2 MB',
    '5 GB',
  ]);
  expect([3, 840, 9_940, 12_300, 252_000].map(formatDuration)).toEqual([
    '3 ms',
    '0.8 s',
    '9.9 s',
    '12 s',
    '4:12',
  ]);
  expect([0, 59_999, 3_723_000].map(formatClockDuration)).toEqual(['0:00', '0:59', '1:02:03']);
});
