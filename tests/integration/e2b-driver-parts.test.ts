/** Parts of the E2B driver that need no server: splitting, marks, texts, tracebacks, bundles, settings. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { envdUrl, interpreterUrl, resolveAddresses } from '../../src-main/drivers/e2b/addresses.ts';
import { codeErrorOf, reflowTraceback } from '../../src-main/drivers/e2b/code-errors.ts';
import { encodeFrame, FrameSplitter } from '../../src-main/drivers/e2b/connect-frames.ts';
import { EndMarker } from '../../src-main/drivers/e2b/end-marker.ts';
import { e2bManifest, e2bSettingsSchema } from '../../src-main/drivers/e2b/manifest.ts';
import { LineSplitter } from '../../src-main/drivers/e2b/ndjson.ts';
import { richEvents } from '../../src-main/drivers/e2b/rich-output.ts';
import { bytesOfText, slices } from '../../src-main/drivers/e2b/text-bytes.ts';
import { driverManifestSchema } from '../../src-shared/domain/driver-manifest.ts';

/** Cuts a buffer at random places. */
const cuts = fc.array(fc.nat(40), { maxLength: 30 });
function cut(data: Buffer<ArrayBuffer>, sizes: readonly number[]): Buffer<ArrayBuffer>[] {
  const parts: Buffer<ArrayBuffer>[] = [];
  let at = 0;
  for (const size of sizes) {
    parts.push(data.subarray(at, at + size));
    at = Math.min(at + size, data.length);
  }
  return [...parts, data.subarray(at)];
}

describe('splitting', () => {
  test('lines come whole, however they arrive', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme' }).map((s) => s.replaceAll('\n', ' '))),
        cuts,
        (lines, sizes) => {
          const splitter = new LineSplitter(1000);
          const data = Buffer.from(lines.map((line) => `${line}\n`).join(''));
          const found = cut(data, sizes).flatMap((part) => [...splitter.push(part)]);
          expect(found.map((line) => ('bytes' in line ? line.bytes.toString() : 'dropped'))).toEqual(lines);
        },
      ),
    );
  });

  test('a line over the limit is dropped with its size, the next one is whole', () => {
    const splitter = new LineSplitter(10);
    const found = ['12345', '678901', '2\nshort\n'].flatMap((part) => [...splitter.push(Buffer.from(part))]);
    expect(found).toEqual([{ dropped: 12 }, { bytes: Buffer.from('short') }]);
    expect(splitter.pending).toBe(0);
  });

  test('frames come whole, however they arrive', () => {
    fc.assert(
      fc.property(
        fc.array(fc.dictionary(fc.string(), fc.string()), { maxLength: 8 }),
        cuts,
        (messages, sizes) => {
          const splitter = new FrameSplitter();
          const data = Buffer.concat(messages.map((message) => encodeFrame(message)));
          const found = cut(data, sizes).flatMap((part) => [...splitter.push(part)]);
          expect(JSON.stringify(found.map(({ message }) => message))).toBe(JSON.stringify(messages));
        },
      ),
    );
    expect(() => [...new FrameSplitter().push(Buffer.from([0, 0xff, 0xff, 0xff, 0xff]))]).toThrow(/too long/);
  });
});

describe('the end mark of a command', () => {
  const nonce = 'ab'.repeat(16);
  test('is found and taken out wherever it is cut; all output stays', () => {
    const noise = fc.array(
      fc.constantFrom('\x1e', nonce, 'x', '\n', `\x1e${nonce}`, `\x1e${nonce}:`, ':e1'),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(noise, fc.nat(255), cuts, (before, exitCode, sizes) => {
        const output = before.join('');
        fc.pre(!new RegExp(`\x1e${nonce}:[es]\\d+($|\x1e)`).test(output));
        const marker = new EndMarker(nonce);
        const data = Buffer.from(`${output}\x1e${nonce}:e${exitCode}\x1elate`);
        const kept = cut(data, sizes).map((part) => marker.push(part));
        expect(Buffer.concat(kept).toString()).toBe(output);
        expect(marker.end).toEqual({ exitCode });
      }),
    );
  });

  test('a signal; and no mark at all', () => {
    const marker = new EndMarker(nonce);
    expect(marker.push(Buffer.from(`a\x1e${nonce}:s9\x1e`)).toString()).toBe('a');
    expect(marker.end).toEqual({ signalNumber: 9 });
    const none = new EndMarker(nonce);
    expect(none.push(Buffer.from('a\x1eab')).toString()).toBe('a');
    expect(none.flush().toString()).toBe('\x1eab');
  });
});

describe('text', () => {
  test('lone surrogates: Python’s stand-ins become their bytes again, others a replacement', () => {
    expect(bytesOfText('a\udcffb😀\udc80')).toEqual(
      Buffer.concat([Buffer.from('a'), Buffer.from([0xff]), Buffer.from('b😀'), Buffer.from([0x80])]),
    );
    expect(bytesOfText('x\ud800y').toString()).toBe('x�y');
    expect(bytesOfText('häß€😀').toString()).toBe('häß€😀');
  });

  test('a huge text comes in pieces that join to the same', () => {
    const bytes = bytesOfText('ä'.repeat(100_000));
    const parts = [...slices(bytes, 999)];
    expect(parts.every(({ length }) => length <= 999)).toBe(true);
    expect(Buffer.concat(parts).equals(bytes)).toBe(true);
  });
});

describe('errors of code', () => {
  const rule = '-'.repeat(75);
  test('line breaks come back', () => {
    const joined =
      `${rule}ValueError                                Traceback (most recent call last)` +
      'Cell In[3], line 2\n      1 def f(): raise ValueError("no")\n----> 2 f()\n' +
      'Cell In[3], line 1, in f()\n----> 1 def f(): raise ValueError("no")\n' +
      'File /usr/lib/python3/json.py:12, in loads(s)\n     12 x\nValueError: no';
    const text = reflowTraceback(joined, 'ValueError', 'no');
    expect(text.split('\n').slice(0, 3)).toEqual([
      rule,
      'ValueError                                Traceback (most recent call last)',
      'Cell In[3], line 2',
    ]);
    expect(text.endsWith('\nValueError: no')).toBe(true);
    expect(reflowTraceback(text, 'ValueError', 'no')).toBe(text);
  });

  test('the last line in the cell counts', () => {
    const traceback = 'Cell In[3], line 9\n x\nCell In[3], line 4, in f()\n y\nE: no';
    expect(codeErrorOf({ name: 'E', value: 'no', traceback })).toMatchObject({ line: 4 });
    expect(codeErrorOf({ name: 'E', value: '', traceback: '' })).toEqual({
      name: 'E',
      value: '',
      traceback: 'E: ',
    });
  });
});

describe('rich values', () => {
  test('E2B’s fields under MIME types, unknown ones left out', () => {
    const events = richEvents(true, {
      text: 't',
      html: '<b/>',
      markdown: '*',
      svg: '<svg/>',
      png: 'iV\nBO\n',
      jpeg: '/9j',
      pdf: 'JVB',
      latex: '$x$',
      json: { a: 1 },
      javascript: 'x()',
      data: { a: [1] },
      chart: { type: 'line' },
      extra: { 'text/x-own': 'o', bad: 1 },
      unknown: 'u',
      markdown2: null,
    });
    expect(events).toEqual([
      {
        type: 'rich',
        role: 'result',
        data: {
          'text/plain': 't',
          'text/html': '<b/>',
          'text/markdown': '*',
          'image/svg+xml': '<svg/>',
          'image/png': 'iVBO',
          'image/jpeg': '/9j',
          'application/pdf': 'JVB',
          'text/latex': '$x$',
          'application/json': { a: 1 },
          'application/javascript': 'x()',
          'application/vnd.specboard.table+json': { a: [1] },
          'application/vnd.specboard.chart+json': { type: 'line' },
          'text/x-own': 'o',
        },
      },
    ]);
    expect(richEvents(false, {})).toEqual([]);
  });

  test('too large a value is left out, and it is said; the text is shortened', () => {
    const [rich, ...gaps] = richEvents(false, { html: 'h'.repeat(6_000_000), text: 'x'.repeat(20_000_000) });
    expect(rich).toMatchObject({ role: 'display' });
    const data = rich?.type === 'rich' ? rich.data : {};
    expect(Object.keys(data)).toEqual(['text/plain']);
    expect(String(data['text/plain'])).toMatch(/more characters\)$/);
    expect(gaps).toHaveLength(2);
    expect(gaps[0]).toMatchObject({ type: 'gap' });
  });
});

describe('addresses', () => {
  const resolve = (settings: object, env: Record<string, string> = {}) =>
    resolveAddresses(e2bSettingsSchema.parse(settings), env);

  test('the cloud, a domain of one’s own, one address for everything', () => {
    const cloud = resolve({});
    expect(cloud).toEqual({
      domain: 'e2b.app',
      apiUrl: 'https://api.e2b.app',
      sandboxUrl: undefined,
      proxy: undefined,
    });
    expect(envdUrl(cloud, 'e2b.app', 'i1')).toBe('https://sandbox.e2b.app');
    expect(interpreterUrl(cloud, 'e2b.app', 'i1')).toBe('https://49999-i1.e2b.app');
    const own = resolve({ domain: 'box.example.com:8443' });
    expect(own.apiUrl).toBe('https://api.box.example.com:8443');
    expect(envdUrl(own, 'box.example.com:8443', 'i1')).toBe('https://49983-i1.box.example.com:8443');
    const local = resolve({ apiUrl: 'http://localhost:3000/', sandboxUrl: 'http://localhost:3002' });
    expect(local.apiUrl).toBe('http://localhost:3000');
    expect(envdUrl(local, 'e2b.app', 'i1')).toBe('http://localhost:3002');
    expect(interpreterUrl(local, 'e2b.app', 'i1')).toBe('http://localhost:3002');
  });

  test('a profile that names its domain does not listen to the environment', () => {
    const env = {
      E2B_DOMAIN: 'other.example',
      E2B_API_URL: 'https://a.example',
      E2B_SANDBOX_URL: 'https://s.example',
    };
    expect(resolve({}, env)).toMatchObject({ apiUrl: 'https://a.example', sandboxUrl: 'https://s.example' });
    expect(resolve({ domain: 'own.example' }, env)).toMatchObject({
      apiUrl: 'https://api.own.example',
      sandboxUrl: undefined,
    });
  });

  test('the environment’s proxy, unless the profile has one or the host is exempt', () => {
    const env = { HTTPS_PROXY: 'http://proxy.example:3128' };
    expect(resolve({}, env).proxy).toBe('http://proxy.example:3128');
    expect(resolve({ proxy: 'http://mine.example' }, env).proxy).toBe('http://mine.example');
    expect(resolve({}, { ...env, NO_PROXY: 'x.example, .e2b.app' }).proxy).toBeUndefined();
    expect(resolve({ apiUrl: 'http://127.0.0.1:1' }, env).proxy).toBeUndefined();
  });
});

describe('the manifest', () => {
  test('is plain data; its defaults are valid, and every field is a setting', () => {
    expect(driverManifestSchema.parse(structuredClone(e2bManifest))).toEqual(e2bManifest);
    const defaults = e2bSettingsSchema.parse(e2bManifest.defaults);
    expect(defaults).toEqual(e2bManifest.defaults);
    expect(e2bManifest.fields.map(({ key }) => key).sort()).toEqual(Object.keys(defaults).sort());
  });
});
