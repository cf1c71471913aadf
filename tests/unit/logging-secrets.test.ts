/** The property that matters: a known secret, wherever and however it is put into what is logged, is not in the file. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FileSink } from '../../src-main/logging/file-sink.ts';
import { Logger } from '../../src-main/logging/logger.ts';
import { LiveSecrets } from '../../src-main/secrets/live-secrets.ts';

/** How a secret gets into text. Each must leave nothing that gives it back. */
const disguises: Record<string, (secret: string) => string> = {
  plain: (secret) => secret,
  'in a sentence': (secret) => `the key ${secret}, refused`,
  base64: (secret) => Buffer.from(secret).toString('base64'),
  base64url: (secret) => Buffer.from(secret).toString('base64url'),
  'basic authorization': (secret) => Buffer.from(`user:${secret}`).toString('base64'),
  'base64 in the middle': (secret) => Buffer.from(`ab${secret}cd`).toString('base64'),
  'in a query': (secret) => `https://example.com/?q=${encodeURIComponent(secret)}&x=1`,
  'in a form': (secret) => new URLSearchParams({ key: secret }).toString(),
  'in JSON': (secret) => JSON.stringify({ key: secret }),
  hex: (secret) => Buffer.from(secret).toString('hex'),
};

/** Where it can be. */
const places: Record<string, (text: string) => unknown> = {
  value: (text) => text,
  'key of an object': (text) => ({ [text]: 1 }),
  'nested list': (text) => [[{ a: [text] }]],
  map: (text) => new Map([[text, text]]),
  set: (text) => new Set([text]),
  'message of an error': (text) => new Error(text),
  'cause of an error': (text) => new Error('outer', { cause: new TypeError(text) }),
  'property of an error': (text) => Object.assign(new Error('x'), { request: { headers: { q: text } } }),
  url: (text) => new URL(`https://example.com/${encodeURIComponent(text)}`),
  'beyond a length limit': (text) => `${'x'.repeat(8_000)}${text}${'y'.repeat(8_000)}`,
};

const secret = fc
  .oneof(
    fc.string({ minLength: 8, maxLength: 60, unit: 'grapheme-ascii' }),
    fc.string({ minLength: 8, maxLength: 40, unit: 'grapheme' }),
    fc.stringMatching(/^[A-Za-z0-9_-]{20,60}$/),
    fc.stringMatching(/^[0-9]{9,15}$/),
  )
  // The keyring gives back no lone surrogates; and a secret that is itself ordinary text cannot be hidden from it.
  .filter((value) => value.isWellFormed() && value.trim() === value && !/^(.)\1*$/u.test(value));

test('a secret is in no log file, whatever it is, wherever it is, however it is written', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sb-log-'));
  try {
    let file = 0;
    await fc.assert(
      fc.asyncProperty(
        secret,
        fc.constantFrom(...Object.keys(disguises)),
        fc.constantFrom(...Object.keys(places)),
        fc.constantFrom('message', 'fields'),
        async (value, disguise, place, where) => {
          file += 1;
          const path = join(folder, String(file));
          const sink = new FileSink({ folder: path, now: () => 0 });
          const secrets = new LiveSecrets();
          secrets.add(value);
          const logger = new Logger({ sink, secrets, now: () => 0, pid: 1 });
          const text = (disguises[disguise] as (secret: string) => string)(value);
          const what = (places[place] as (text: string) => unknown)(text);
          if (where === 'message') logger.warn(`it said ${String(what)}`, { ok: true });
          else logger.error('failed', { what, again: { text } });
          await sink.close();
          const log = readdirSync(path)
            .map((name) => readFileSync(join(path, name), 'utf8'))
            .join('');
          expect(log).toMatch(/"message"/);
          expect(revealed(log, value)).toEqual([]);
        },
      ),
      { numRuns: 400 },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('numbers, and values that are logged as they are', () => {
  const lines: string[] = [];
  const secrets = new LiveSecrets();
  secrets.add('123456789');
  const logger = new Logger({
    sink: { write: (line) => void lines.push(line) },
    secrets,
    now: () => 0,
    pid: 1,
  });
  logger.info('x', { pin: 123456789, big: 123456789n, list: [1234567890] });
  expect(lines.join('')).not.toContain('123456789');
});

test('values too short to be a secret, and empty ones, do not blacken the log', () => {
  const secrets = new LiveSecrets();
  for (const value of ['', 'a', 'abc']) secrets.add(value);
  expect(secrets.size).toBe(0);
  expect(secrets.redact('abc')).toBe('abc');
});

test('the longest secret is taken first, so that no part of it is left', () => {
  const secrets = new LiveSecrets();
  secrets.add('abcdefgh');
  secrets.add('abcdefgh-and-more');
  expect(secrets.redact('x abcdefgh-and-more y abcdefgh z')).toBe('x [redacted] y [redacted] z');
});

/** In which of its forms the secret can still be read in a log: as text, or by decoding what looks encoded. */
function revealed(log: string, value: string): string[] {
  const found: string[] = [];
  const texts = [
    log,
    ...log
      .trim()
      .split('\n')
      .flatMap((line) => stringsIn(JSON.parse(line))),
  ];
  for (const text of texts) {
    if (text.includes(value)) found.push('plain');
    for (const form of [encodeURIComponent(value), JSON.stringify(value).slice(1, -1)]) {
      if (text.includes(form)) found.push(form);
    }
    for (const token of text.match(/[A-Za-z0-9+/_-]{8,}/g) ?? []) {
      if (Buffer.from(token, 'base64').includes(value)) found.push('base64');
      if (/^[0-9a-f]+$/.test(token) && Buffer.from(token, 'hex').includes(value)) found.push('hex');
    }
  }
  return found;
}

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (value === null || typeof value !== 'object') return [String(value)];
  return Object.entries(value).flatMap(([key, item]) => [key, ...stringsIn(item)]);
}
