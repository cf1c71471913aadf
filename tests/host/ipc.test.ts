// Messages between page and main: invoke, send, sendSync, sender identity, ports, order and volume.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningToy, startToy, until } from '../support/host-app.ts';

let toy: RunningToy;
beforeAll(async () => {
  toy = await startToy();
});
afterAll(() => toy?.close());

describe('invoke', () => {
  test('structured clone both ways', async () => {
    const good = await toy.page.evaluate(async () => {
      const sent = {
        undefined: undefined,
        big: 10n,
        date: new Date(5),
        map: new Map([[1, new Set([2])]]),
        bytes: new Uint8Array([0, 255]),
        floats: new Float64Array([1.5]),
        buffer: new Uint8Array([7]).buffer,
        pattern: /a+/gi,
        nan: Number.NaN,
        minusZero: -0,
        error: new TypeError('x'),
        $t: 'trap',
        ['__proto__']: 'own',
      };
      const got = (await window.toy.echo(sent)) as typeof sent;
      return {
        undefined: 'undefined' in got && got.undefined === undefined,
        big: got.big === 10n,
        date: got.date.getTime() === 5,
        map: got.map.get(1)?.has(2),
        bytes: got.bytes instanceof Uint8Array && got.bytes[1] === 255,
        floats: got.floats instanceof Float64Array && got.floats[0] === 1.5,
        buffer: got.buffer instanceof ArrayBuffer && new Uint8Array(got.buffer)[0] === 7,
        pattern: String(got.pattern) === '/a+/gi',
        nan: Number.isNaN(got.nan),
        minusZero: Object.is(got.minusZero, -0),
        error: got.error instanceof Error && got.error.message === 'x', // the bridge keeps no more

        trap: got.$t === 'trap',
        proto: Object.getPrototypeOf(got) === Object.prototype,
      };
    });
    expect(Object.entries(good).filter(([, ok]) => ok !== true)).toEqual([]);
  });

  test('a failing handler gives the text that Electron gives', async () => {
    const message = await toy.page.evaluate(() =>
      window.toy.invoke('fail').catch((error: Error) => error.message),
    );
    expect(message).toBe("Error invoking remote method 'fail': RangeError: no such thing");
  });

  test('a channel without handler', async () => {
    const message = await toy.page.evaluate(() =>
      window.toy.invoke('nope').catch((error: Error) => error.message),
    );
    expect(message).toBe("Error invoking remote method 'nope': Error: No handler registered for 'nope'");
  });

  test('a second handler for a channel is refused', async () => {
    const message = await toy.app.evaluate(({ ipcMain }) => {
      try {
        ipcMain.handle('echo', () => {});
        return 'accepted';
      } catch (error) {
        return (error as Error).message;
      }
    });
    expect(message).toBe("Attempted to register a second handler for 'echo'");
  });

  test('handlers of one window', async () => {
    expect(await toy.page.evaluate(() => window.toy.invoke('scoped'))).toBe('from webContents.ipc');
  });

  test('main knows who asks', async () => {
    await toy.page.evaluate(() => window.toy.echo(1));
    expect(await toy.app.evaluate(() => globalThis.toy.lastSender)).toEqual({
      url: 'app://bundle/index.html',
      origin: 'app://bundle',
      parent: null,
      main: true,
      id: 1,
    });
  });

  test('sendSync', async () => {
    expect(await toy.page.evaluate(() => window.toy.sync(41))).toBe(42);
  });
});

describe('volume', () => {
  test('ten thousand messages arrive in order', async () => {
    expect(await toy.page.evaluate(() => window.toy.push(10_000, 100))).toEqual({ ordered: true, size: 100 });
  });

  test('a stream with a credit window over a port, chunks handed on through the bridge', async () => {
    const total = 4 * 1024 * 1024;
    const result = await toy.page.evaluate(async (size) => {
      let seen = 0;
      const done = await window.toy.stream(size, 65_536, 1 << 20, (bytes) => {
        seen += bytes[0] === 9 ? bytes.length : 0;
      });
      return { ...done, seen };
    }, total);
    expect(result).toEqual({ bytes: total, ordered: true, seen: total });
  });
});

describe('ports', () => {
  test('the page closes a port: main hears it, and none is left', async () => {
    await toy.page.evaluate(() => window.toy.stream(65_536, 65_536, 65_536));
    await until('main hears the close', async () =>
      (await toy.log()).some(([name]) => name === 'port closed'),
    );
    await until('no port is open', () =>
      toy.host((host) => (host as unknown as { openPorts(): number }).openPorts() === 0),
    );
  });

  test('a port from main goes through the preload to the page', async () => {
    const got = toy.page.evaluate(
      () =>
        new Promise((resolve) => {
          window.addEventListener('message', (event) => {
            const [port] = event.ports;
            if (event.data !== 'port from main' || !port) return;
            port.onmessage = ({ data }) => resolve({ reply: data.reply, byte: data.bytes[0] });
            port.postMessage('up');
          });
        }),
    );
    await toy.app.evaluate(({ MessageChannelMain }) => {
      const { port1, port2 } = new MessageChannelMain();
      port1.on('message', ({ data }) => port1.postMessage({ reply: data, bytes: new Uint8Array([1]) }));
      port1.start();
      globalThis.toy.window.webContents.postMessage('port', null, [port2]);
    });
    expect(await got).toEqual({ reply: 'up', byte: 1 });
  });

  test('a port to a utility process', async () => {
    expect(await toy.app.evaluate(() => globalThis.toy.utility())).toEqual([
      { doubled: 42, type: 'utility' },
      'got a port',
      { echoed: 'hello' },
    ]);
  });

  test('a reload closes the ports of the page', async () => {
    await toy.page.evaluate(() => {
      void window.toy.stream(1 << 30, 65_536, 65_536, () => new Promise(() => {}));
    });
    await toy.page.reload();
    await toy.page.waitForFunction(() => window.toy?.add(1, 1) === 2);
    await until('no port is open', () =>
      toy.host((host) => (host as unknown as { openPorts(): number }).openPorts() === 0),
    );
  });
});

describe('what the host lacks', () => {
  test('throws by name, for modules, instances, classes and whole exports', async () => {
    const messages = await toy.app.evaluate((electron) => {
      const message = (use: () => unknown): string => {
        try {
          return String(use());
        } catch (error) {
          return (error as Error).message;
        }
      };
      const { app, BrowserWindow, dialog } = electron;
      return [
        message(() => dialog.showCertificateTrustDialog),
        message(() => app.configureHostResolver),
        message(() => globalThis.toy.window.webContents.debugger),
        message(() => BrowserWindow.fromBrowserView),
        message(() => electron.desktopCapturer.getSources),
        message(() => (app as unknown as Record<string, unknown>).noSuchNameAnywhere),
      ];
    });
    expect(messages).toEqual([
      'electron-host: dialog.showCertificateTrustDialog is not implemented',
      'electron-host: App.configureHostResolver is not implemented',
      'electron-host: WebContents.debugger is not implemented',
      'electron-host: BrowserWindow.fromBrowserView is not implemented',
      'electron-host: desktopCapturer.getSources is not implemented',
      'undefined',
    ]);
  });
});
