/** The last net: a driver that knows nothing of redaction tells no secret, whichever way its words come. */
import { inspect } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { LiveSecrets } from '../../src-main/secrets/live-secrets.ts';
import { redactedRegistry, withoutSecrets } from '../../src-main/services/redacted-drivers.ts';
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import { formsOf, newCanary } from '../setup/canary.ts';
import { ScriptedDriver, ScriptedSession } from '../support/scripted-driver.ts';
import { SecretSearch } from '../support/secret-search.ts';
import { openTestCore } from '../support/test-core.ts';

const secret = newCanary();
/** In all forms but UTF-16, which no message has. */
const words = formsOf(secret)
  .slice(0, -1)
  .map((form) => `said ${form.toString()}.`)
  .join(' ');

async function setUp() {
  const driver = new ScriptedDriver();
  const { core, close } = await openTestCore({
    registry: driver.registry(),
    env: { SCRIPTED_KEY: secret },
  });
  onTestFinished(close);
  const search = new SecretSearch(secret);
  core.hub.onChange((status) => search.note('status', status));
  return { driver, core, search, profileId: core.profiles.default().id };
}

test('the search sees what the net is for', () => {
  const search = new SecretSearch(secret);
  search.note('plain', { deep: [{ secret }] });
  search.note('a cause', new SpecboardError('gone', 'It is gone.', { cause: new Error(secret) }));
  search.note('bytes', { bytes: new Uint8Array(Buffer.from(words)) });
  search.note('hidden', Object.defineProperty({}, 'key', { value: words }));
  search.note('nothing', { e2b: newCanary() });
  expect(search.places).toEqual(['plain', 'a cause', 'bytes', 'hidden']);
});

test('connect fails with an error of ours, with an error of its own, with a cause', async () => {
  const { driver, core, search, profileId } = await setUp();
  const failures = [
    new SpecboardError('unavailable', `It ${words}`, { details: words, hint: words, fields: { a: words } }),
    new TypeError(words),
    new SpecboardError('auth', 'No.', { cause: Object.assign(new Error('x'), { headers: { key: secret } }) }),
  ];
  for (const failure of failures) {
    driver.connect = async () => {
      throw failure;
    };
    await search.failure('connect', core.connect(profileId));
  }
  search.note('stored', core.db.sessions.list(10));
  expect(search.places).toEqual([]);
  expect(core.db.sessions.list(10).map(({ reason }) => reason.problem?.code)).toEqual([
    'auth',
    'internal',
    'unavailable',
  ]);
});

test('a run that fails in every way, a session that is lost, an end that fails', async () => {
  const { driver, core, search, profileId } = await setUp();
  let live: ScriptedSession | undefined;
  driver.connect = async ({ sessionId }) => {
    live = new ScriptedSession(sessionId);
    return live;
  };
  const session = await core.connect(profileId);
  const run = () => core.executions.run({ sessionId: session.id, language: 'python', code: '1' }).done;
  driver.execute = async () => {
    throw new SpecboardError('unreachable', words, { details: words });
  };
  search.note('thrown', await run());
  const problem = { code: 'gone', message: words, details: words, retryable: false } as const;
  const error = { name: 'ValueError', value: 'mine', traceback: 'line 1' };
  driver.execute = async () => ({ state: 'lost', durationMs: 1, reason: words, problem, error });
  expect(search.note('result', await run())).toMatchObject({ state: 'lost', durationMs: 1, error });
  live?.lost.fire(new SpecboardError('gone', words, { details: words, cause: new Error(words) }));
  expect(core.db.sessions.get(session.id)?.status).toBe('error');

  const second = await core.connect(profileId);
  driver.disconnect = async () => {
    throw new SpecboardError('unavailable', words, { details: words });
  };
  search.note('end', await core.sessions.disconnect(second.id));
  search.note('stored', [core.db.sessions.list(10), core.db.executions.list({})]);
  expect(search.places).toEqual([]);
});

test('what holds no secret passes through as it is', async () => {
  const secrets = new LiveSecrets();
  secrets.add(secret);
  const clean = new SpecboardError('gone', 'It is gone.', { hint: 'Connect again.' });
  expect(withoutSecrets(clean, secrets)).toBe(clean);
  const bug = new TypeError('x is not a function');
  expect(withoutSecrets(bug, secrets)).toBe(bug);
  expect(inspect(withoutSecrets(new TypeError(secret), secrets))).not.toContain(secret);
  const scripted = new ScriptedDriver().registry();
  const driver = await redactedRegistry(scripted, secrets).get('local');
  expect(driver.manifest).toBe((await scripted.get('local')).manifest);
  expect(driver.defaultKeep({})).toBe('end');
  expect(driver.list).toBeUndefined();
});
