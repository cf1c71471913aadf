// The preload's world and the bridge to the page: isolation, what crosses and how.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningToy, startToy } from '../support/host-app.ts';

let toy: RunningToy;
beforeAll(async () => {
  toy = await startToy();
});
afterAll(() => toy?.close());

describe('isolation', () => {
  test('a page script sees the exposed API and nothing else', async () => {
    expect(await toy.page.evaluate(() => window.first)).toEqual({
      toy: 'object',
      require: 'undefined',
      ipcRenderer: 'undefined',
      process: 'undefined',
      onlyInPreload: 'undefined',
      __electronHostSend: 'undefined',
      __hostRecv: 'undefined',
    });
  });

  test('the page has no other own names than an empty frame', async () => {
    const added = await toy.page.evaluate(() => {
      const frame = document.createElement('iframe');
      document.body.append(frame);
      const plain = new Set(Object.getOwnPropertyNames(frame.contentWindow));
      frame.remove();
      return Object.getOwnPropertyNames(window).filter((name) => !plain.has(name));
    });
    expect(added.sort()).toEqual(['first', 'toy', 'twice']);
  });

  test('the preload ran before any element or script', async () => {
    expect(await toy.page.evaluate(() => window.toy.early)).toEqual({ readyState: 'loading', scripts: 0 });
  });

  test('a sandboxed preload cannot require node modules', async () => {
    expect(await toy.page.evaluate(() => window.toy.requireFs)).toBe('module not found: node:fs');
    expect(await toy.page.evaluate(() => window.toy.sandboxed)).toBe(true);
  });

  test('an API of ipcRenderer that the host lacks throws by name', async () => {
    const error = await toy.page.evaluate(() => {
      try {
        return String(window.toy.missing());
      } catch (thrown) {
        return (thrown as Error).message;
      }
    });
    expect(error).toBe('electron-host: ipcRenderer.sendToHostFrame is not implemented');
  });

  test('an exposed API is frozen and cannot be replaced or exposed twice', async () => {
    const state = await toy.page.evaluate(() => {
      const before = window.toy;
      try {
        Object.assign(window, { toy: 1 });
      } catch {}
      const frozen = Object.isFrozen(window.toy) && Object.isFrozen(window.toy.nested);
      return { same: window.toy === before, frozen, twice: (window as unknown as { twice: string }).twice };
    });
    expect(state).toEqual({
      same: true,
      frozen: true,
      twice: 'Cannot bind an API on top of an existing property on the window object',
    });
  });

  test("the page's tampering with prototypes does not reach the bridge", async () => {
    const result = await toy.page.evaluate(() => {
      const { map } = Array.prototype;
      const { get, set } = Map.prototype;
      const broken = () => {
        throw new Error('tampered');
      };
      Object.assign(Array.prototype, { map: broken });
      Object.assign(Map.prototype, { get: broken, set: broken });
      try {
        return [...window.toy.bytes(new Uint8Array([1]))][0];
      } finally {
        Object.assign(Array.prototype, { map });
        Object.assign(Map.prototype, { get, set });
      }
    });
    expect(result).toBe(2);
  });
});

describe('values', () => {
  test('nested values arrive as values of the page', async () => {
    const seen = await toy.page.evaluate(() => ({
      two: window.toy.nested.list[1].two,
      date: window.toy.nested.when instanceof Date,
      map: window.toy.nested.map instanceof Map,
      sum: window.toy.add(2, 40),
    }));
    expect(seen).toEqual({ two: 2, date: true, map: true, sum: 42 });
  });

  test('bytes are of the own world on both sides', async () => {
    const bytes = await toy.page.evaluate(() => {
      const got = window.toy.bytes(new Uint8Array([1, 2, 3]));
      return [got instanceof Uint8Array, ...got];
    });
    expect(bytes).toEqual([true, 2, 3, 4]);
  });

  test('a callback can be called with a callback', async () => {
    const result = await toy.page.evaluate(() => {
      let got = 0;
      const returned = window.toy.callMe((value, inner) => {
        got = value + inner(1);
        return 'returned';
      }, 5);
      return [got, returned];
    });
    expect(result).toEqual([12, 'returned']);
  });

  test('a promise can carry a function', async () => {
    const result = await toy.page.evaluate(async () => {
      const { value, times } = await window.toy.later(4);
      return value + times(10);
    });
    expect(result).toBe(44);
  });

  test('a function gets a fresh proxy at every crossing, as in Electron', async () => {
    const fresh = await toy.page.evaluate(async () => {
      const [one, two] = await Promise.all([window.toy.later(1), window.toy.later(1)]);
      return one.times === two.times;
    });
    expect(fresh).toBe(false);
  });
});

describe('errors', () => {
  test('a thrown error keeps only its message', async () => {
    const error = await toy.page.evaluate(() => {
      try {
        window.toy.fail();
        return null;
      } catch (thrown) {
        const { name, message, code } = thrown as Error & { code?: string };
        return [thrown instanceof Error, name, message, code ?? 'no code'];
      }
    });
    expect(error).toEqual([true, 'Error', 'bad input', 'no code']);
  });

  test('a rejection keeps its message', async () => {
    expect(await toy.page.evaluate(() => window.toy.reject().catch((error: Error) => error.message))).toBe(
      'later bad',
    );
  });

  test('what cannot be cloned does not cross', async () => {
    const error = await toy.page.evaluate(() => {
      try {
        void window.toy.echo(document.body);
        return 'no error';
      } catch (thrown) {
        return (thrown as Error).message;
      }
    });
    expect(error).toBe('An object could not be cloned.');
  });
});
