/** The real keytar with the real gnome-keyring, in a private session: ready, locked, absent, and not answering. */
import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { findKeyring } from '../../src-main/secrets/keyring-diagnosis.ts';
import { type KeyringVariant, startKeyring, type TestKeyring, whyNoKeyring } from '../support/keyring.ts';
import { type StoreChild, startStoreChild } from '../support/keyring-child.ts';

const reason = whyNoKeyring();
const disposers: (() => Promise<unknown>)[] = [];

async function setUp(
  variant: KeyringVariant,
  deadlines?: { quiet: number; interactive: number },
): Promise<{ keyring: TestKeyring; child: StoreChild }> {
  const keyring = await startKeyring(variant);
  disposers.push(() => keyring.dispose());
  const child = startStoreChild(keyring.env, deadlines);
  disposers.push(() => child.close().catch(() => {}));
  return { keyring, child };
}

afterEach(async () => {
  for (const dispose of disposers.splice(0).reverse()) await dispose();
});

const quietly = { interactive: false };
const byPerson = { interactive: true };

describe.skipIf(reason !== undefined)(`the keyring${reason ? ` (skipped: ${reason})` : ''}`, () => {
  test('keeps, gives back, replaces and forgets a secret', async () => {
    const { child } = await setUp('unlocked');
    expect(await child.call('status')).toEqual({
      ok: true,
      value: { state: 'available', name: 'the system keyring' },
    });
    expect(await child.call('get', 'e2b/p1/apiKey', quietly)).toEqual({
      ok: true,
      value: { state: 'absent' },
    });
    expect(await child.call('set', 'e2b/p1/apiKey', 'first')).toMatchObject({ ok: true });
    expect(await child.call('set', 'e2b/p1/apiKey', 'second')).toMatchObject({ ok: true });
    expect(await child.call('set', 'e2b/p2/apiKey', 'other')).toMatchObject({ ok: true });
    expect(await child.call('get', 'e2b/p1/apiKey', quietly)).toEqual({
      ok: true,
      value: { state: 'found', value: 'second' },
    });
    expect(await child.call('delete', 'e2b/p1/apiKey')).toMatchObject({ ok: true });
    expect(await child.call('delete', 'e2b/p1/apiKey')).toMatchObject({ ok: true });
    expect(await child.call('get', 'e2b/p1/apiKey', quietly)).toMatchObject({ value: { state: 'absent' } });
    expect(await child.call('get', 'e2b/p2/apiKey', quietly)).toMatchObject({ value: { value: 'other' } });
    expect(await child.close()).toBe(0);
  });

  test('keeps what is long, not ASCII, or looks like something else', async () => {
    const { child } = await setUp('unlocked');
    const values = [
      'x'.repeat(2_048),
      'schlüssel 🔑 鍵 \u0301',
      ' spaces ',
      'a\nb\tc',
      '{"json":true}',
      '-----',
    ];
    for (const [index, value] of values.entries()) {
      expect(await child.call('set', `e2b/p/${index}`, value)).toMatchObject({ ok: true });
      expect(await child.call('get', `e2b/p/${index}`, quietly)).toEqual({
        ok: true,
        value: { state: 'found', value },
      });
    }
  });

  test('many at once come out whole and in order', async () => {
    const { child } = await setUp('unlocked');
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) => [
        child.call('set', `e2b/p/${i}`, `value ${i}`),
        child.call('get', `e2b/p/${i}`, quietly),
      ]).flat(),
    );
    const read = answers.filter((_, i) => i % 2 === 1);
    expect(read).toEqual(
      Array.from({ length: 12 }, (_, i) => ({ ok: true, value: { state: 'found', value: `value ${i}` } })),
    );
  });

  test('locked: says so, reads nothing, writes nothing, and has everything again when unlocked', async () => {
    const { keyring, child } = await setUp('unlocked');
    expect(await child.call('set', 'e2b/p/apiKey', 'value')).toMatchObject({ ok: true });
    await keyring.lock();
    expect(await child.call('status')).toMatchObject({ value: { state: 'locked' } });
    for (const options of [quietly, byPerson]) {
      expect(await child.call('get', 'e2b/p/apiKey', options)).toMatchObject({
        ok: false,
        problem: { code: 'keyring-locked', retryable: true },
      });
    }
    expect(await child.call('set', 'e2b/p/apiKey', 'new')).toMatchObject({
      problem: { code: 'keyring-locked' },
    });
    expect(await child.call('delete', 'e2b/p/apiKey')).toMatchObject({ problem: { code: 'keyring-locked' } });
    await keyring.unlock();
    expect(await child.call('get', 'e2b/p/apiKey', quietly)).toMatchObject({ value: { value: 'value' } });
  });

  test('absent: every call says what is missing and how to get it', async () => {
    const { child } = await setUp('absent');
    const status = await child.call('status');
    expect(status).toMatchObject({
      value: { state: 'missing', message: expect.stringContaining('Secret Service') },
    });
    expect(JSON.stringify(status)).toMatch(/gnome-keyring/);
    const answers = [
      await child.call('get', 'e2b/p/apiKey', quietly),
      await child.call('get', 'e2b/p/apiKey', byPerson),
      await child.call('set', 'e2b/p/apiKey', 'value'),
      await child.call('delete', 'e2b/p/apiKey'),
    ];
    for (const answer of answers) expect(answer).toMatchObject({ problem: { code: 'keyring-missing' } });
  });

  test('without a session bus: the same, without waiting', async () => {
    const { keyring } = await setUp('absent');
    const { DBUS_SESSION_BUS_ADDRESS: _address, ...env } = keyring.env;
    const child = startStoreChild(env);
    disposers.push(() => child.close().catch(() => {}));
    expect(await child.call('status')).toMatchObject({
      value: { state: 'missing', message: expect.stringContaining('D-Bus') },
    });
    expect(await child.call('set', 'e2b/p/apiKey', 'value')).toMatchObject({
      problem: { code: 'keyring-missing' },
    });
    const gone = startStoreChild({ ...env, DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent/bus' });
    disposers.push(() => gone.close().catch(() => {}));
    expect(await gone.call('get', 'e2b/p/apiKey', byPerson)).toMatchObject({
      problem: { code: 'keyring-missing' },
    });
  });

  test('a keyring that does not answer: deadline, no second call behind it, and all is well when it answers', async () => {
    const { keyring, child } = await setUp('unlocked', { quiet: 300, interactive: 300 });
    expect(await child.call('set', 'e2b/p/apiKey', 'value')).toMatchObject({ ok: true });
    keyring.freeze();
    const [first, second] = await Promise.all([
      child.call('get', 'e2b/p/apiKey', byPerson),
      child.call('get', 'e2b/p/apiKey', byPerson),
    ]);
    expect(first).toMatchObject({ problem: { code: 'keyring-locked' } });
    expect(second).toMatchObject({ problem: { code: 'keyring-locked' } });
    expect(await child.call('status')).toMatchObject({ value: { state: 'locked' } });
    keyring.thaw();
    await expect
      .poll(() => child.call('get', 'e2b/p/apiKey', byPerson), { timeout: 30_000 })
      .toMatchObject({ ok: true, value: { state: 'found', value: 'value' } });
  });

  test('a service that was restarted is reported as that', async () => {
    const { keyring, child } = await setUp('unlocked');
    expect(await child.call('set', 'e2b/p/apiKey', 'value')).toMatchObject({ ok: true });
    await keyring.restart();
    expect(await child.call('get', 'e2b/p/apiKey', quietly)).toMatchObject({
      problem: { code: 'unavailable', message: expect.stringContaining('restarted'), retryable: false },
    });
    const fresh = startStoreChild(keyring.env);
    disposers.push(() => fresh.close().catch(() => {}));
    expect(await fresh.call('get', 'e2b/p/apiKey', quietly)).toMatchObject({ value: { value: 'value' } });
  });

  // Ending in the ordinary way waits for D-Bus's own deadline (25 s, twice), and so for this test's.
  test('a process can end while the keyring does not answer', { timeout: 20_000 }, async () => {
    const { keyring, child } = await setUp('unlocked', { quiet: 200, interactive: 200 });
    keyring.freeze();
    expect(await child.call('get', 'e2b/p/apiKey', byPerson)).toMatchObject({ ok: false });
    expect(await child.close()).toBe(0);
  });

  test('the private keyring leaves no process and no file', async () => {
    const keyring = await startKeyring('locked');
    expect(processesWith(keyring.env.HOME ?? '?')).not.toEqual([]);
    await keyring.dispose();
    expect(processesWith(keyring.env.HOME ?? '?')).toEqual([]);
    expect(await findKeyring('linux', keyring.env)).toBe('no-session-bus');
  });
});

/** Pids of processes whose environment names that home. */
function processesWith(home: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`HOME=${home}`);
      } catch {
        return false;
      }
    });
}
