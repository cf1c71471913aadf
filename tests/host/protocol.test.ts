// Custom schemes, CSP, navigation and popups.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningToy, startToy, until } from '../support/host-app.ts';

let toy: RunningToy;
beforeAll(async () => {
  toy = await startToy();
});
afterAll(() => toy?.close());

describe('the scheme', () => {
  test("main sees the app's own addresses", async () => {
    const requests = (await toy.log()).filter(([name]) => name === 'request').map(([, url]) => url);
    for (const file of ['index.html', 'style.css', 'renderer.js', 'pixel.svg']) {
      expect(requests).toContain(`app://bundle/${file}`);
    }
    expect(await toy.app.evaluate(() => globalThis.toy.window.webContents.getURL())).toBe(
      'app://bundle/index.html',
    );
  });

  test('the page has an origin of its own in a secure context, and an image by the scheme loads', async () => {
    const seen = await toy.page.evaluate(() => ({
      secure: isSecureContext,
      subtle: typeof crypto.subtle,
      image: document.querySelector<HTMLImageElement>('#image')?.naturalWidth,
    }));
    expect(seen).toEqual({ secure: true, subtle: 'object', image: 12 });
  });

  test('storage works', async () => {
    const stored = await toy.page.evaluate(() => {
      localStorage.setItem('a', '1');
      return localStorage.getItem('a');
    });
    expect(stored).toBe('1');
  });

  test('relative fetches reach the handler, with bodies byte by byte; unknown files are 404', async () => {
    const seen = await toy.page.evaluate(async () => {
      const body = new Uint8Array([0, 1, 128, 255]);
      const echoed = await (await fetch('./echo', { method: 'POST', body })).arrayBuffer();
      return {
        name: (await (await fetch('./package.json')).json()).name,
        missing: (await fetch('./none')).status,
        echoed: [...new Uint8Array(echoed)],
      };
    });
    expect(seen).toEqual({ name: 'host-toy', missing: 404, echoed: [0, 1, 128, 255] });
  });

  test('workers load by the scheme', async () => {
    const said = await toy.page.evaluate(
      () =>
        new Promise((resolve) => {
          new Worker('./worker.js').onmessage = ({ data }) => resolve(data);
        }),
    );
    expect(said).toBe('worker of https:');
  });

  test('nothing reaches the network', async () => {
    expect(
      await toy.page.evaluate(() => fetch('https://example.com').catch((error: Error) => error.message)),
    ).toBe('Failed to fetch');
    const refused = await toy.app.evaluate(({ net }) =>
      net.fetch('https://example.com').catch((error) => error.message),
    );
    expect(refused).toBe('net::ERR_INTERNET_DISCONNECTED');
  });
});

describe('content security policy', () => {
  test('an inline script is blocked by the header of protocol.handle', async () => {
    expect(await toy.page.evaluate(() => 'inlineRan' in window)).toBe(false);
  });

  test('eval is blocked in the page', async () => {
    // In a timer, because Playwright's own evaluation is exempt.
    const blocked = await toy.page.evaluate(
      () =>
        new Promise((resolve) => {
          document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective), {
            once: true,
          });
          const script = document.createElement('script');
          script.textContent = 'window.injected = true';
          document.head.append(script);
        }),
    );
    expect(blocked).toBe('script-src-elem');
    expect(await toy.page.evaluate(() => 'injected' in window)).toBe(false);
  });
});

describe('navigation', () => {
  test('will-navigate can keep the page where it is', async () => {
    await toy.page.click('#away', { noWaitAfter: true });
    await until('will-navigate', async () =>
      (await toy.log()).some(([name, url]) => name === 'will-navigate' && url === 'https://example.com/away'),
    );
    expect(await toy.page.evaluate(() => window.toy.number)).toBe(7);
    expect(await toy.app.evaluate(() => globalThis.toy.window.webContents.getURL())).toBe(
      'app://bundle/index.html',
    );
  });

  test("the app's own loads do not ask will-navigate", async () => {
    const asked = (await toy.log()).filter(
      ([name, url]) => name === 'will-navigate' && String(url).startsWith('app:'),
    );
    expect(asked).toEqual([]);
  });

  test('links to other windows and window.open are left to setWindowOpenHandler', async () => {
    await toy.page.click('#outside');
    expect(
      await toy.page.evaluate(() => window.open('https://example.com/popup', 'x', 'width=300')),
    ).toBeNull();
    await until('both are handed over', () => toy.host((host) => host.opened.length === 2));
    expect(await toy.host((host) => host.opened)).toEqual([
      'https://example.com/docs',
      'https://example.com/popup',
    ]);
    const asked = (await toy.log())
      .filter(([name]) => name === 'window-open')
      .map(([, , disposition]) => disposition);
    expect(asked).toEqual(['foreground-tab', 'new-window']);
    expect(toy.app.windows()).toHaveLength(1);
  });

  test('a load that fails rejects with a code', async () => {
    const code = await toy.app.evaluate(({ BrowserWindow }) => {
      const window = new BrowserWindow({ show: false });
      return window
        .loadURL('https://nowhere.invalid/')
        .catch((error: Error & { code?: string }) => error.code)
        .finally(() => window.destroy());
    });
    expect(code).toBe('ERR_NAME_NOT_RESOLVED');
  });
});

describe('permissions', () => {
  test('the handlers of the session decide', async () => {
    const states = await toy.page.evaluate(async () => [
      (await navigator.permissions.query({ name: 'notifications' })).state,
      (await navigator.permissions.query({ name: 'geolocation' })).state,
      Notification.permission,
    ]);
    expect(states).toEqual(['denied', 'denied', 'denied']);
  });
});
