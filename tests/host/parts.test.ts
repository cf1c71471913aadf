// The host's pure parts, without a browser.
import { describe, expect, test } from 'vitest';
import { acceleratorText } from '../../tools/electron-host/api/accelerator-text.ts';
import { matchesAccelerator } from '../../tools/electron-host/api/accelerators.ts';
import { HostNativeImage, nativeImage } from '../../tools/electron-host/api/native-image.ts';
import {
  addScheme,
  originOf,
  toAppUrl,
  toBrowserUrl,
  translatePolicy,
} from '../../tools/electron-host/browser/addresses.ts';
import { isHeadless } from '../../tools/electron-host/browser/chromium.ts';
import { parseCommandLine } from '../../tools/electron-host/command-line.ts';
import { findChromium } from '../../tools/electron-host/find-chromium.ts';
import { makeCodec } from '../../tools/electron-host/page/codec.ts';

describe('addresses', () => {
  addScheme('app');

  test.each([
    ['app://bundle/a/b.js?x=1#y', 'https://bundle.app.invalid/a/b.js?x=1#y'],
    ['app://bundle', 'https://bundle.app.invalid/'],
    ['https://example.com/app://bundle', 'https://example.com/app://bundle'],
    ['unknown://bundle/a', 'unknown://bundle/a'],
  ])('%s is %s for the browser', (app, browser) => {
    expect(toBrowserUrl(app)).toBe(browser);
  });

  test('and back', () => {
    expect(toAppUrl('https://bundle.app.invalid/a?b#c')).toBe('app://bundle/a?b#c');
    expect(toAppUrl('https://bundle.other.invalid/a')).toBe('https://bundle.other.invalid/a');
    expect(toAppUrl('https://bundle.app.invalid.example.com/a')).toBe(
      'https://bundle.app.invalid.example.com/a',
    );
  });

  test('origins', () => {
    expect(originOf('app://bundle/index.html')).toBe('app://bundle');
    expect(originOf('file:///a/b')).toBe('file://');
    expect(originOf('')).toBe('null');
  });

  test('policies', () => {
    expect(translatePolicy("default-src 'self'; img-src app: data:; script-src app://bundle")).toBe(
      "default-src 'self'; img-src app: https://*.app.invalid data:; script-src app://bundle https://bundle.app.invalid",
    );
  });
});

describe('codec', () => {
  const { pack, unpack } = makeCodec(
    (bytes) => Buffer.from(bytes).toString('base64'),
    (text) => new Uint8Array(Buffer.from(text, 'base64')),
  );
  const round = (value: unknown): unknown => unpack(JSON.parse(JSON.stringify(pack(value))));

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['not a number', Number.NaN],
    ['infinite', -Infinity],
    ['minus zero', -0],
    ['big', 2n ** 70n],
    ['date', new Date(5)],
    ['pattern', /a/gi],
    ['map', new Map([['a', new Set([1])]])],
    ['bytes', new Uint8Array([1, 2, 255])],
    ['half words', new Uint16Array([1, 65_535])],
    ['trap', { $t: 'n', v: '1', nested: { $t: 'u' } }],
    ['list', [1, [undefined], { a: { b: [] } }]],
    ['proto', JSON.parse('{"__proto__": {"a": 1}, "constructor": 2}')],
  ])('%s', (_name, value) => {
    expect(round(value)).toStrictEqual(value);
  });

  test('a part of a buffer is that part only', () => {
    expect(round(new Uint8Array([1, 2, 3, 4]).subarray(1, 3))).toStrictEqual(new Uint8Array([2, 3]));
  });

  test('errors keep class, message and stack', () => {
    const error = new RangeError('x');
    const got = round(error) as Error;
    expect([got instanceof RangeError, got.message, got.stack]).toEqual([true, 'x', error.stack]);
  });

  test('what cannot be cloned is refused, cycles too', () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    for (const value of [() => {}, Symbol('x'), Promise.resolve(), new WeakMap(), cycle]) {
      expect(() => pack(value)).toThrow('An object could not be cloned.');
    }
  });
});

describe('command line', () => {
  test("Playwright's arguments", () => {
    const args = [
      '-r',
      '/loader.js',
      '--no-sandbox',
      '--inspect=0',
      '--remote-debugging-port=0',
      '/app',
      '--user-data-dir=/d',
      'x',
    ];
    expect(parseCommandLine(args)).toEqual({
      version: false,
      requires: ['/loader.js'],
      inspect: { port: 0, wait: false },
      userData: '/d',
      entry: '/app',
    });
  });

  test('-v', () => {
    expect(parseCommandLine(['-v']).version).toBe(true);
  });
});

describe('accelerators', () => {
  const press = { key: 'R', ctrl: true, meta: false, alt: false, shift: true };

  test.each([
    ['CmdOrCtrl+Shift+R', 'linux', press, true],
    ['CmdOrCtrl+Shift+R', 'darwin', press, false],
    ['CmdOrCtrl+Shift+R', 'darwin', { ...press, ctrl: false, meta: true }, true],
    ['CmdOrCtrl+R', 'linux', press, false],
    ['Alt+F4', 'win32', { key: 'F4', ctrl: false, meta: false, alt: true, shift: false }, true],
    ['CmdOrCtrl+Plus', 'linux', { ...press, key: '+' }, true],
    ['CmdOrCtrl+,', 'linux', { ...press, key: ',', shift: false }, true],
    ['Ctrl+Up', 'linux', { ...press, key: 'ArrowUp', shift: false }, true],
  ] as const)('%s on %s', (accelerator, platform, key, expected) => {
    expect(matchesAccelerator(accelerator, key, platform)).toBe(expected);
  });

  test('as text', () => {
    expect(acceleratorText('CmdOrCtrl+Shift+R', 'linux')).toBe('Ctrl+Shift+R');
    expect(acceleratorText('CmdOrCtrl+Shift+R', 'darwin')).toBe('\u2318\u21E7R');
    expect(acceleratorText(null)).toBe('');
  });
});

describe('images', () => {
  const png = Buffer.alloc(33);
  png.set([0x89, 0x50, 0x4e, 0x47]);
  png.writeUInt32BE(32, 16);
  png.writeUInt32BE(16, 20);

  test('size, data URL, scale factors', () => {
    const image = nativeImage.createFromBuffer(png, { scaleFactor: 2 });
    expect(image.getSize()).toEqual({ width: 16, height: 8 });
    expect(image.toDataURL()).toMatch(/^data:image\/png;base64,/);
    image.addRepresentation({ scaleFactor: 1, buffer: png });
    expect(image.getScaleFactors()).toEqual([2, 1]);
  });

  test('empty ones, and files that are not there', () => {
    expect(nativeImage.createEmpty().isEmpty()).toBe(true);
    expect(nativeImage.createFromPath('/no/such.png').isEmpty()).toBe(true);
    expect(new HostNativeImage().getSize()).toEqual({ width: 0, height: 0 });
  });

  test('what the host cannot do throws by name', () => {
    expect(() => (new HostNativeImage() as unknown as { crop(): void }).crop()).toThrow(
      'electron-host: NativeImage.crop is not implemented',
    );
  });
});

describe('finding a browser', () => {
  const search = (platform: NodeJS.Platform, there: string[], env: Record<string, string> = {}) =>
    findChromium({ platform, env, exists: (file) => there.includes(file) });

  test('on three systems', () => {
    expect(search('linux', ['/usr/bin/chromium', '/usr/lib/chromium/chromium'], { PATH: '/usr/bin' })).toBe(
      '/usr/lib/chromium/chromium',
    );
    expect(search('linux', ['/snap/bin/chromium'], { PATH: '/usr/bin:/snap/bin' })).toBe(
      '/snap/bin/chromium',
    );
    const chrome = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';
    expect(search('darwin', [chrome])).toBe(chrome);
    const edge = 'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe';
    expect(search('win32', [edge], { 'PROGRAMFILES(X86)': 'C:\\Program Files (x86)' })).toBe(edge);
    expect(search('linux', [], { PATH: '/usr/bin' })).toBeNull();
  });

  test('HOST_CHROMIUM is the only one that counts when it is set', () => {
    expect(search('linux', ['/mine', '/usr/lib/chromium/chromium'], { HOST_CHROMIUM: '/mine' })).toBe(
      '/mine',
    );
    expect(search('linux', ['/usr/lib/chromium/chromium'], { HOST_CHROMIUM: '/gone' })).toBeNull();
  });

  test('windows are shown where there is a display', () => {
    expect(isHeadless({}, 'linux')).toBe(true);
    expect(isHeadless({ DISPLAY: ':0' }, 'linux')).toBe(false);
    expect(isHeadless({ WAYLAND_DISPLAY: 'wayland-0' }, 'linux')).toBe(false);
    expect(isHeadless({ DISPLAY: ':0', HOST_HEADLESS: '1' }, 'linux')).toBe(true);
    expect(isHeadless({}, 'darwin')).toBe(false);
  });
});
