/** Parts of the Daytona driver by themselves: settings, addresses, states, reasons, and what the SDK is kept from. */
import { describe, expect, test } from 'vitest';
import { addressProblem, apiAddress } from '../../src-main/drivers/daytona/api-address.ts';
import { ChunkQueue } from '../../src-main/drivers/daytona/chunk-queue.ts';
import { lostReason } from '../../src-main/drivers/daytona/lost-reason.ts';
import { daytonaManifest, daytonaSettingsSchema } from '../../src-main/drivers/daytona/manifest.ts';
import { idleEnd, recordSchema, remoteSandbox } from '../../src-main/drivers/daytona/sandbox-record.ts';
import { disposeClient, openClient } from '../../src-main/drivers/daytona/sdk.ts';
import { bytesOf } from './daytona-driver-support.ts';

const problemsOf = (settings: object) =>
  (daytonaSettingsSchema.safeParse(settings).error?.issues ?? []).map(({ path }) => path.join('.'));

describe('settings', () => {
  test('what cannot be is refused at its field', () => {
    expect(problemsOf({})).toEqual([]);
    expect(problemsOf({ snapshot: 'a', image: 'b' })).toEqual(['image']);
    expect(problemsOf({ cpu: 2, memoryGb: 1, diskGb: 1 })).toEqual(['cpu', 'memoryGb', 'diskGb']);
    expect(problemsOf({ image: 'python:3.12-slim', cpu: 2, memoryGb: 1, diskGb: 1 })).toEqual([]);
    expect(problemsOf({ image: 'x\nRUN evil' })).toEqual(['image']);
    expect(problemsOf({ network: 'listed' })).toEqual(['network']);
    expect(problemsOf({ network: 'listed', allowedDomains: ['pypi.org', '*.example.com'] })).toEqual([]);
    expect(problemsOf({ network: 'listed', allowedAddresses: ['1.2.3.4'] })).toEqual(['allowedAddresses.0']);
    expect(problemsOf({ autoStopMinutes: 0 })).toEqual(['autoStopMinutes']);
    expect(problemsOf({ autoDeleteMinutes: -1 })).toEqual([]);
    expect(problemsOf({ workingFolder: 'relative' })).toEqual(['workingFolder']);
    expect(problemsOf({ environment: { '1X': 'a', OK: 'b' } })).toEqual(['environment.1X']);
    expect(problemsOf({ labels: { 'specboard.session': 'mine' } })).toEqual(['labels.specboard.session']);
    expect(problemsOf({ apiUrl: 'http://daytona.example.com/api' })).toEqual(['apiUrl']);
    expect(problemsOf({ apiUrl: 'http://daytona.example.com/api', allowInsecure: true })).toEqual([]);
    expect(problemsOf({ onDisconnect: 'burn' })).toEqual(['onDisconnect']);
  });

  test('the words for leaving are the driver’s own', () => {
    const { capabilities, keepLabels } = daytonaManifest;
    expect(Object.keys(keepLabels ?? {})).toEqual(capabilities.keep);
    expect(daytonaManifest.credentials.map(({ name, format }) => [name, format])).toEqual([
      ['apiKey', undefined],
      ['secretEnvironment', 'pairs'],
    ]);
  });

  test('addresses', () => {
    expect(apiAddress('')).toBe('https://app.daytona.io/api');
    expect(apiAddress('https://x.example/api//')).toBe('https://x.example/api');
    for (const bad of ['x', 'ftp://x', 'https://u:p@x', 'https://x/?a', 'http://x'])
      expect(addressProblem(bad, false), bad).toBeTypeOf('string');
    for (const good of ['https://x', 'http://127.0.0.1:3', 'http://localhost/api', 'http://[::1]:3'])
      expect(addressProblem(good, false), good).toBeUndefined();
  });
});

describe('states', () => {
  const now = Date.parse('2026-01-01T12:00:00Z');
  const record = (changes: object) => recordSchema.parse({ id: 'box', state: 'started', ...changes });
  const minutesAgo = (minutes: number) => new Date(now - minutes * 60_000).toISOString();

  test('what is read is checked, and may lack nearly everything', () => {
    expect(record({})).toMatchObject({ id: 'box', labels: {}, createdAt: null, autoDestroyAt: null });
    expect(record({ createdAt: 'nonsense' }).createdAt).toBeNull();
    expect(recordSchema.safeParse({ state: 'started' }).success).toBe(false);
    expect(recordSchema.safeParse({ id: 'a', labels: { a: 1 } }).success).toBe(false);
  });

  test('why it does not run any more', () => {
    const why = (changes: object) => lostReason(record(changes), now)?.message;
    expect(why({})).toBeUndefined();
    expect(why({ state: 'starting' })).toBeUndefined();
    expect(lostReason(null, now)?.code).toBe('gone');
    const idle = { state: 'stopped', autoStopInterval: 15, lastActivityAt: minutesAgo(15) };
    expect(why(idle)).toBe('Daytona stopped the sandbox because it was not used for 15 min.');
    expect(why({ ...idle, lastActivityAt: minutesAgo(2) })).toContain('or by another program');
    expect(why({ ...idle, autoStopInterval: 0 })).toContain('or by another program');
    expect(why({ state: 'archived' })).toContain('archived');
    expect(why({ state: 'paused' })).toContain('paused');
    expect(lostReason(record({ state: 'error', errorReason: 'oom killed' }), now)?.code).toBe(
      'out-of-memory',
    );
  });

  test('as the list shows it', () => {
    const mine = { 'specboard.installation': 'me', 'specboard.session': 's1', 'specboard.profile': 'P' };
    expect(remoteSandbox(record({ labels: mine }), 'me')).toMatchObject({
      name: 'P',
      sessionId: 's1',
      state: 'running',
    });
    expect(remoteSandbox(record({ labels: mine }), 'other')).toMatchObject({
      sessionId: null,
      installationId: 'me',
    });
    for (const [state, shown] of Object.entries({
      pulling_snapshot: 'running',
      stopping: 'paused',
      archived: 'paused',
      error: 'unknown',
      unknown: 'unknown',
    }))
      expect(remoteSandbox(record({ state }), 'me').state, state).toBe(shown);
    const ends = { autoStopInterval: 10, lastActivityAt: minutesAgo(0), autoDestroyAt: minutesAgo(-5) };
    expect(idleEnd(record(ends))).toBe(now + 5 * 60_000);
  });
});

test('bytes wait for a slow reader, who holds the sender back', async () => {
  const queue = new ChunkQueue(10);
  const pressure: boolean[] = [];
  queue.onPressure = (isFull) => pressure.push(isFull);
  for (let n = 0; n < 4; n++) queue.push(Buffer.from(`chunk${n} `));
  expect(pressure).toEqual([true]);
  const reading = bytesOf(queue);
  queue.end();
  queue.push(Buffer.from('too late'));
  expect((await reading).toString()).toBe('chunk0 chunk1 chunk2 chunk3 ');
  expect(pressure).toEqual([true, false]);
});

test('the SDK takes nothing from the environment, and the environment is as it was', async () => {
  const lies = {
    DAYTONA_API_URL: 'http://127.0.0.1:9',
    DAYTONA_SERVER_URL: 'http://127.0.0.1:9',
    DAYTONA_TARGET: 'mars',
    DAYTONA_JWT_TOKEN: 'token',
    DAYTONA_OTEL_ENABLED: 'true',
  };
  const before = { ...process.env };
  Object.assign(process.env, lies);
  try {
    const options = { apiKey: 'key', apiUrl: 'http://127.0.0.1:1/api', target: '', requestMs: 1000 };
    const client = await openClient(options);
    expect(client).toMatchObject({
      apiUrl: options.apiUrl,
      apiKey: 'key',
      target: undefined,
      jwtToken: undefined,
    });
    expect(client).toMatchObject({ otelSdk: undefined, eventDispatcher: undefined });
    expect(process.env).toMatchObject(lies);
    await disposeClient(client);
  } finally {
    for (const name of Object.keys(lies)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
});
