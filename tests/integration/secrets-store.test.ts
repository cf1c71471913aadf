/** The rules of the keyring store that need a keyring with a will of its own, and the words for every finding. */
import { describe, expect, test } from 'vitest';
import { describeFinding, type KeyringFinding } from '../../src-main/secrets/keyring-diagnosis.ts';
import { distributionOf } from '../../src-main/secrets/keyring-help.ts';
import { type Keytar, KeytarStore } from '../../src-main/secrets/keytar-store.ts';
import { MemoryStore } from '../../src-main/secrets/memory-store.ts';
import { busAddresses, socketPath } from '../../src-main/secrets/session-bus.ts';
import { toDisposable } from '../../src-shared/lib/disposable.ts';

/** A keyring in memory that notes what is asked of it and answers when it is told to. */
class HandKeytar implements Keytar {
  readonly values = new Map<string, string>();
  readonly calls: string[] = [];
  atOnce = 0;
  mostAtOnce = 0;
  gate: Promise<void> = Promise.resolve();

  async #answer<T>(call: string, value: () => T): Promise<T> {
    this.calls.push(call);
    this.atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.atOnce);
    await this.gate;
    this.atOnce -= 1;
    return value();
  }

  getPassword(service: string, account: string): Promise<string | null> {
    return this.#answer(`get ${service} ${account}`, () => this.values.get(account) ?? null);
  }

  setPassword(service: string, account: string, password: string): Promise<void> {
    return this.#answer(`set ${service} ${account}`, () => void this.values.set(account, password));
  }

  deletePassword(service: string, account: string): Promise<boolean> {
    return this.#answer(`delete ${service} ${account}`, () => this.values.delete(account));
  }
}

/** Timers that fire only when the test says so. */
function handClock() {
  const timers = new Map<() => void, number>();
  return {
    now: () => 0,
    after: (ms: number, callback: () => void) => {
      timers.set(callback, ms);
      return toDisposable(() => timers.delete(callback));
    },
    pending: () => [...timers.values()],
    fire: () => {
      for (const callback of [...timers.keys()]) callback();
      timers.clear();
    },
  };
}

function make(options: { finding?: KeyringFinding; platform?: NodeJS.Platform } = {}) {
  const keytar = new HandKeytar();
  const clock = handClock();
  const found = { now: options.finding ?? 'available' };
  const store = new KeytarStore({
    loadKeytar: async () => keytar,
    findKeyring: async () => found.now,
    platform: options.platform ?? 'linux',
    clock,
  });
  return { keytar, clock, store, found };
}

const quietly = { interactive: false };
const byPerson = { interactive: true };

describe('the keyring store', () => {
  test('never has two calls at once, and reads back what it saves', async () => {
    const { keytar, store } = make();
    await Promise.all([store.set('a', '1'), store.get('a', quietly), store.set('b', '2'), store.delete('a')]);
    expect(keytar.mostAtOnce).toBe(1);
    expect(keytar.calls).toEqual([
      'set SpecBoard a',
      'get SpecBoard a',
      'get SpecBoard a',
      'set SpecBoard b',
      'get SpecBoard b',
      'delete SpecBoard a',
    ]);
  });

  test('a value that does not come back is an error at once', async () => {
    const { keytar, store } = make();
    keytar.setPassword = async () => {};
    await expect(store.set('a', 'value')).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('waits 15 s where nobody asked and 60 s where a person did; leaves no timer', async () => {
    for (const [options, ms] of [
      [quietly, 15_000],
      [byPerson, 60_000],
    ] as const) {
      const { keytar, clock, store } = make();
      const gate = Promise.withResolvers<void>();
      keytar.gate = gate.promise;
      const read = store.get('a', options);
      await expect.poll(() => clock.pending()).toEqual([ms]);
      gate.resolve();
      expect(await read).toEqual({ state: 'absent' });
      expect(clock.pending()).toEqual([]);
    }
  });

  test('after a missed deadline starts no other call until the first has ended', async () => {
    const { keytar, clock, store } = make();
    const gate = Promise.withResolvers<void>();
    keytar.gate = gate.promise;
    const read = store.get('a', byPerson);
    const behind = store.set('a', 'x');
    await expect.poll(() => clock.pending().length).toBe(1);
    clock.fire();
    await expect(read).rejects.toMatchObject({ code: 'keyring-locked' });
    await expect(behind).rejects.toMatchObject({ code: 'keyring-locked' });
    await expect(store.delete('a')).rejects.toMatchObject({ code: 'keyring-locked' });
    expect(store.isBlocked).toBe(true);
    expect(await store.status()).toMatchObject({ state: 'locked' });
    expect(keytar.calls).toEqual(['get SpecBoard a']);
    gate.resolve();
    await expect.poll(() => store.isBlocked).toBe(false);
    await store.set('a', 'x');
    expect(await store.get('a', quietly)).toEqual({ state: 'found', value: 'x' });
  });

  test('a locked keyring is made to prompt only where a person asked', async () => {
    const { keytar, store, found } = make({ finding: 'locked' });
    await expect(store.get('a', quietly)).rejects.toMatchObject({ code: 'keyring-locked' });
    expect(keytar.calls).toEqual([]);
    keytar.values.set('a', 'value');
    expect(await store.get('a', byPerson)).toEqual({ state: 'found', value: 'value' });
    // The prompt was refused: null, and still locked.
    await expect(store.get('other', byPerson)).rejects.toMatchObject({ code: 'keyring-locked' });
    found.now = 'available';
    expect(await store.get('other', byPerson)).toEqual({ state: 'absent' });
  });

  test('refuses what Windows cannot hold, in words, and only there', async () => {
    const long = 'ü'.repeat(1_001);
    const windows = make({ finding: 'unknown', platform: 'win32' });
    await expect(windows.store.set('a', long)).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('2002 bytes'),
    });
    expect(windows.keytar.calls).toEqual([]);
    await windows.store.set('a', 'ü'.repeat(1_000));
    await make().store.set('a', long);
  });

  test('without the library: missing, and found again once it is there', async () => {
    let isThere = false;
    const keytar = new HandKeytar();
    const store = new KeytarStore({
      loadKeytar: () => (isThere ? Promise.resolve(keytar) : Promise.reject(new Error('not found'))),
      findKeyring: async () => 'available',
      platform: 'linux',
    });
    expect(await store.status()).toMatchObject({
      state: 'missing',
      message: expect.stringContaining('libsecret'),
    });
    await expect(store.set('a', 'value')).rejects.toMatchObject({ code: 'keyring-missing' });
    isThere = true;
    expect(await store.status()).toMatchObject({ state: 'available' });
    await store.set('a', 'value');
  });

  test('an error never carries the value', async () => {
    const { keytar, store } = make();
    keytar.setPassword = async () => {
      throw new Error('Unknown or internal error');
    };
    const error = await store.set('a', 'hunter2hunter2').catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'unavailable', problem: { details: 'Unknown or internal error' } });
    expect(JSON.stringify(error)).not.toContain('hunter2');
  });
});

describe('the memory store', () => {
  test('keeps, forgets, and plays locked', async () => {
    const store = new MemoryStore();
    await store.set('a', 'value');
    expect(await store.get('a')).toEqual({ state: 'found', value: 'value' });
    store.locked = true;
    expect(await store.get('a')).toEqual({ state: 'absent' });
    expect(await store.status()).toMatchObject({ state: 'locked' });
    await expect(store.set('a', 'other')).rejects.toMatchObject({ code: 'keyring-locked' });
    store.locked = false;
    await store.delete('a');
    expect(await store.get('a')).toEqual({ state: 'absent' });
  });
});

describe('the words', () => {
  test('what is missing comes with how to get it, for each distribution', () => {
    const osRelease = {
      debian: 'NAME="Linux Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"\n',
      fedora: 'ID=fedora\n',
      arch: 'ID=manjaro\nID_LIKE=arch\n',
      suse: 'ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"\n',
      unknown: 'ID=nixos\n',
    };
    for (const [expected, text] of Object.entries(osRelease)) expect(distributionOf(text)).toBe(expected);
    const hint = (distribution: Parameters<typeof describeFinding>[2]) =>
      describeFinding('no-secret-service', 'linux', distribution).hint;
    expect(hint('debian')).toContain('sudo apt install gnome-keyring libsecret-1-0');
    expect(hint('fedora')).toContain('sudo dnf install gnome-keyring libsecret');
    expect(hint('arch')).toContain('sudo pacman -S gnome-keyring libsecret');
    for (const word of ['apt', 'dnf', 'pacman', 'zypper']) expect(hint('unknown')).toContain(word);
  });

  test('everything that is not available says what happened and what to do', () => {
    const findings = ['no-library', 'no-session-bus', 'no-secret-service', 'not-set-up', 'locked'] as const;
    for (const finding of findings) {
      const status = describeFinding(finding, 'linux', 'debian');
      expect(status.state).not.toBe('available');
      expect(status.message).toBeTruthy();
      expect(status.hint).toBeTruthy();
    }
    expect(describeFinding('unknown', 'darwin').name).toBe('the macOS Keychain');
    expect(describeFinding('unknown', 'win32').name).toBe('the Windows Credential Manager');
    expect(describeFinding('no-library', 'darwin').message).not.toContain('libsecret');
  });

  test('bus addresses are read as libdbus reads them', () => {
    const two = 'unix:path=/run/a%20b,guid=1;unix:abstract=/tmp/x';
    expect(busAddresses({ DBUS_SESSION_BUS_ADDRESS: two }).map(socketPath)).toEqual(['/run/a b', '\0/tmp/x']);
    expect(busAddresses({})).toEqual([]);
    expect(busAddresses({ XDG_RUNTIME_DIR: '/nonexistent' })).toEqual([]);
    expect(socketPath('tcp:host=127.0.0.1,port=1')).toBeUndefined();
  });
});
