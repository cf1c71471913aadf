/** Logging: the shape of a line, what is taken out of it, and the daily files. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FileSink } from '../../src-main/logging/file-sink.ts';
import { Logger, type LoggerOptions } from '../../src-main/logging/logger.ts';
import { isSecretKey, redact, redactText } from '../../src-main/logging/redact.ts';
import { LiveSecrets } from '../../src-main/secrets/live-secrets.ts';
import { SpecboardError } from '../../src-shared/contract/errors.ts';

const none = new LiveSecrets();

function collect(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = [];
  const sink = { write: (line: string) => void lines.push(line) };
  const logger = new Logger({ sink, secrets: none, now: () => 0, pid: 1, ...options });
  return { logger, lines: () => lines.map((line) => JSON.parse(line)) };
}

describe('a line', () => {
  test('has time, level, process, scope, message and fields', () => {
    const { logger, lines } = collect();
    logger.child('sessions').info('connected', { sessionId: 's', ms: 3 });
    logger.error('failed');
    expect(lines()).toEqual([
      {
        at: '1970-01-01T00:00:00.000Z',
        level: 'info',
        pid: 1,
        scope: 'sessions',
        message: 'connected',
        fields: { sessionId: 's', ms: 3 },
      },
      { at: '1970-01-01T00:00:00.000Z', level: 'error', pid: 1, scope: 'app', message: 'failed' },
    ]);
  });

  test('is one line, whatever is in it', () => {
    const { logger, lines } = collect();
    const { log } = logger;
    log('warn', 'a\nb\u2028', { text: 'c\r\n\u0000' });
    expect(lines()).toHaveLength(1);
    expect(lines()[0]).toMatchObject({ level: 'warn', message: 'a\nb\u2028' });
  });

  test('below the level is dropped', () => {
    const quiet = collect({ level: 'warn' });
    quiet.logger.debug('x');
    quiet.logger.info('x');
    quiet.logger.warn('x');
    expect(quiet.lines()).toHaveLength(1);
    const { logger, lines } = collect();
    logger.debug('x');
    expect(lines()).toEqual([]);
  });
});

describe('redaction', () => {
  test('by the name of the key', () => {
    const names = [
      'apiKey',
      'E2B_API_KEY',
      'x-api-key',
      'Authorization',
      'password',
      'accessToken',
      'Set-Cookie',
    ];
    for (const name of names)
      expect(redact({ [name]: { deep: 'v' } }, none)).toEqual({ [name]: '[redacted]' });
    for (const name of ['secretFormat', 'tokenChat', 'credentials', 'PASSWD'])
      expect(isSecretKey(name)).toBe(true);
    for (const name of ['storedAt', 'tokenCount', 'secret_bytes', 'code', 'monkey', 'keyboard', 'path']) {
      expect(isSecretKey(name)).toBe(false);
    }
  });

  test('by the look of it', () => {
    const texts = [
      'e2b_0123456789abcdef0123456789abcdef01234567',
      'Authorization: Bearer abcdef.ghijkl-12345',
      'AKIAABCDEFGHIJKLMNOP',
      'https://user:hunter2@proxy.example/',
      'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl',
      '-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----',
    ];
    for (const text of texts) {
      const result = redactText(`before ${text} after`, none);
      expect(result).toContain('[redacted]');
      expect(result).toMatch(/^before .* after$/s);
      for (const part of ['0123456789abcdef', 'ghijkl', 'BCDEFGH', 'hunter2', 'c2lnbm', 'abc\n']) {
        expect(result).not.toContain(part);
      }
    }
    expect(redactText('an ordinary sentence, with e2b and https://example.com/a:b@c', none)).toBe(
      'an ordinary sentence, with e2b and https://example.com/a:b@c',
    );
  });

  test('a secret that a length limit would cut in half is gone first', () => {
    const secrets = new LiveSecrets();
    secrets.add('very-secret-value');
    const result = redactText(`${'x'.repeat(8_185)}very-secret-value`, secrets);
    expect(result).not.toContain('very-s');
  });

  test('errors keep name, message, stack, cause and problem', () => {
    const secrets = new LiveSecrets();
    secrets.add('hunter2hunter2');
    const error = new SpecboardError('auth', 'refused hunter2hunter2', {
      cause: new Error('inner hunter2hunter2'),
    });
    const result = redact({ error }, secrets) as { error: Record<string, unknown> };
    expect(result.error).toMatchObject({
      name: 'SpecboardError',
      message: 'refused [redacted]',
      problem: { code: 'auth', message: 'refused [redacted]' },
      cause: { name: 'Error', message: 'inner [redacted]' },
    });
    expect(result.error.stack).toContain('logging.test.ts');
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });

  test('what JSON has no word for is said in words; cycles, depth and size end', () => {
    const cycle: Record<string, unknown> = { name: 'cycle' };
    cycle.self = cycle;
    let deep: unknown = 'end';
    for (let i = 0; i < 50; i += 1) deep = { deep };
    const shared = { a: 1 };
    const result = redact(
      {
        cycle,
        shared: [shared, shared],
        bytes: new Uint8Array([1, 2]),
        big: 12n,
        nan: Number.NaN,
        fn: () => 1,
        date: new Date(0),
        map: new Map<unknown, unknown>([['k', 1]]),
        set: new Set([1]),
        none: undefined,
        many: Array.from({ length: 1_000 }, (_, i) => i),
        thrower: Object.defineProperty({}, 'x', {
          enumerable: true,
          get: () => {
            throw new Error('no');
          },
        }),
        toJSON: 'a name like any other',
        ['__proto__']: { polluted: true },
      },
      none,
    ) as Record<string, unknown>;
    expect(result).toMatchObject({
      cycle: { name: 'cycle', self: '[circular]' },
      shared: [{ a: 1 }, { a: 1 }],
      bytes: '[2 bytes]',
      big: '12',
      nan: 'NaN',
      fn: '[function]',
      date: '1970-01-01T00:00:00.000Z',
      map: { k: 1 },
      set: [1],
      thrower: '[unreadable]',
    });
    expect('none' in result).toBe(false);
    expect(result.many).toHaveLength(101);
    expect(JSON.stringify(redact({ deep }, none))).toContain('[deeper]');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('the daily files', () => {
  let folder: string;
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'sb-log-')), 'logs');
  });
  afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));
  const day = 86_400_000;
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');

  test('everything written before close is in the file, in order; nothing after', async () => {
    const sink = new FileSink({ folder, now: () => 0 });
    const lines = Array.from({ length: 500 }, (_, i) => `{"n":${i}}`);
    for (const line of lines) sink.write(line);
    const closing = sink.close();
    sink.write('late');
    await closing;
    expect(read('specboard-1970-01-01.log')).toBe(`${lines.join('\n')}\n`);
    if (process.platform !== 'win32') {
      expect(statSync(join(folder, 'specboard-1970-01-01.log')).mode & 0o777).toBe(0o600);
      expect(statSync(folder).mode & 0o777).toBe(0o700);
    }
  });

  test('a new day is a new file; 14 are kept, and what is not ours is left alone', async () => {
    mkdirSync(folder);
    writeFileSync(join(folder, 'notes.log'), 'mine');
    let now = 0;
    const sink = new FileSink({ folder, now: () => now });
    for (let i = 0; i < 20; i += 1) {
      now = i * day;
      sink.write(`day ${i}`);
      await sink.flush();
    }
    await sink.close();
    const names = readdirSync(folder).sort();
    expect(names).toHaveLength(15);
    expect(names[0]).toBe('notes.log');
    expect(names[1]).toBe('specboard-1970-01-07.log');
    expect(read('specboard-1970-01-20.log')).toBe('day 19\n');
  });

  test('goes on where an earlier process ended, and beside another one', async () => {
    const first = new FileSink({ folder, now: () => 0 });
    const second = new FileSink({ folder, now: () => 0 });
    first.write('a');
    await first.flush();
    second.write('b');
    await second.close();
    first.write('c');
    await first.close();
    expect(read('specboard-1970-01-01.log')).toBe('a\nb\nc\n');
  });

  test('what does not fit into memory or the day is dropped and said', async () => {
    const sink = new FileSink({ folder, now: () => 0, limits: { waitingBytes: 100, dayBytes: 1_000 } });
    for (let i = 0; i < 50; i += 1) sink.write('0123456789');
    await sink.flush();
    const text = read('specboard-1970-01-01.log');
    expect(text.split('\n').filter((line) => line === '0123456789')).toHaveLength(9);
    expect(text).toContain('41 lines were dropped');
    for (let i = 0; i < 200; i += 1) {
      sink.write('0123456789');
      await sink.flush();
    }
    await sink.close();
    expect(read('specboard-1970-01-01.log')).toContain('log is full');
    expect(statSync(join(folder, 'specboard-1970-01-01.log')).size).toBeLessThan(1_500);
  });

  test('a folder that cannot be made throws nowhere', async () => {
    const file = join(folder, '..', 'file');
    writeFileSync(file, '');
    const sink = new FileSink({ folder: join(file, 'logs'), now: () => 0 });
    sink.write('x');
    await sink.close();
    expect(readFileSync(file, 'utf8')).toBe('');
  });
});
