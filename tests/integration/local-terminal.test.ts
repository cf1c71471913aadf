/** The Local driver: terminals and many files at once, with and without isolation. */
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DriverTerminal } from '../../src-main/drivers/driver.ts';
import type { LaunchOptions } from '../../src-main/drivers/local/launch-runner.ts';
import { localFiles } from '../../src-main/drivers/local/local-files.ts';
import type { LocalSession } from '../../src-main/drivers/local/local-session.ts';
import { until } from '../support/runner.ts';
import { type LocalKit, problemOf, startLocalKit } from './local-support.ts';

const never = new AbortController().signal;
const none: LaunchOptions['isolation'] = { kind: 'none', message: 'No sandbox.', hint: '' };

class Screen {
  readonly terminal: DriverTerminal;
  text = '';

  constructor(terminal: DriverTerminal) {
    this.terminal = terminal;
    void (async () => {
      for await (const bytes of terminal.output) this.text += Buffer.from(bytes).toString('utf8');
    })();
  }

  type(text: string): Promise<void> {
    return this.terminal.write(Buffer.from(text));
  }

  async shows(text: string | RegExp): Promise<void> {
    const shown = () => (typeof text === 'string' ? this.text.includes(text) : text.test(this.text));
    await until(`the terminal shows ${text}`, shown);
  }
}

async function* pieces(tar: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < tar.length; at += 50_000) yield tar.subarray(at, at + 50_000);
}

async function packed(session: LocalSession, folder: string, paths: string[]): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of await localFiles.pack(session, folder, paths, never)) parts.push(part);
  return Buffer.concat(parts);
}

describe.skipIf(process.platform === 'win32').each([
  ['with isolation', {}],
  ['without isolation', { isolation: none }],
])('%s', (_name, options) => {
  let kit: LocalKit;
  let own: string;
  beforeAll(() => {
    kit = startLocalKit({ ...options, diskEveryMs: 50 });
    own = mkdtempSync(join(tmpdir(), 'sb-own-'));
  });
  afterAll(async () => {
    await kit.stop();
    rmSync(own, { recursive: true, force: true });
  });
  const open = async (session: LocalSession, cwd?: string) => {
    const opened = await kit.driver.openTerminal?.(
      session,
      { cols: 80, rows: 24 },
      cwd === undefined ? {} : { cwd },
      never,
    );
    if (!opened) throw new Error('openTerminal is missing');
    return new Screen(opened);
  };

  test('a terminal in a folder of the person’s own sees what is there, and files see what it does', async () => {
    mkdirSync(join(own, 'sub'), { recursive: true });
    writeFileSync(join(own, 'sub/here'), 'x');
    const session = await kit.connect(
      { folder: own, environment: { OF_THE_PROFILE: "it's set" } },
      { consent: true },
    );
    for (const cwd of ['sub', join(own, 'sub')]) {
      const screen = await open(session, cwd);
      await screen.type('ls; echo "<$OF_THE_PROFILE|$TERM>"; echo made > made; exit 4\n');
      await screen.shows(/here/);
      expect(await screen.terminal.ended).toEqual({ exitCode: 4 });
      expect(screen.text).toContain("<it's set|xterm-256color>");
    }
    expect(readFileSync(join(own, 'sub/made'), 'utf8')).toBe('made\n');
    const nowhere = kit.driver.openTerminal?.(session, { cols: 1, rows: 1 }, { cwd: 'no' }, never);
    expect((await problemOf(nowhere ?? Promise.resolve())).code).toBe('not-found');
    await kit.end(session);
    const late = kit.driver.openTerminal?.(session, { cols: 1, rows: 1 }, {}, never);
    expect((await problemOf(late ?? Promise.resolve())).code).toBe('gone');
  });

  test('a terminal that fills the disk is ended, with the reason; the session goes on', async () => {
    const session = await kit.connect({ diskMb: 16 }, { consent: true });
    const screen = await open(session);
    await screen.type(
      'for n in 1 2 3; do head -c 12000000 /dev/zero > big-$n; sleep 0.2; done; sleep 1000\n',
    );
    const end = await screen.terminal.ended;
    expect(end).toEqual({ exitCode: null, reason: 'It was ended because its files took more than 16 MB.' });
    await kit.shell(session, 'rm -f big-*');
    expect((await kit.run(session, '1 + 1')).value).toBe('2');
    await kit.end(session);
  });

  test('a folder goes up and comes back, by the names of inside and of this computer', async () => {
    const session = await kit.connect({ folder: own }, { consent: true });
    const from = mkdtempSync(join(tmpdir(), 'sb-from-'));
    mkdirSync(join(from, 'deep/er'), { recursive: true });
    for (let n = 0; n < 500; n += 1) writeFileSync(join(from, `deep/er/${n}`), `content ${n}`);
    const tar = execFileSync('tar', ['-cf', '-', '-C', from, '.'], { maxBuffer: 1 << 26 });
    await localFiles.unpack(session, 'up', pieces(tar), never);
    expect(execFileSync('diff', ['-r', from, join(own, 'up')]).toString()).toBe('');
    for (const folder of ['up/deep', join(own, 'up/deep')]) {
      const names = execFileSync('tar', ['-tf', '-'], {
        input: await packed(session, folder, ['er/7', 'er/8']),
      });
      expect(names.toString()).toBe('er/7\ner/8\n');
    }
    rmSync(from, { recursive: true });
    await kit.end(session);
    expect((await problemOf(localFiles.pack(session, 'up', ['.'], never))).code).toBe('gone');
    expect((await problemOf(localFiles.unpack(session, 'up', pieces(tar), never))).code).toBe('gone');
  });

  test('the working folder is not left: by no path, no link, no archive', async () => {
    const session = await kit.connect({ folder: own }, { consent: true });
    const outside = mkdtempSync(join(tmpdir(), 'sb-outside-'));
    writeFileSync(join(outside, 'secret'), 'outside');
    symlinkSync(outside, join(own, 'way'));
    const one = execFileSync('tar', ['-cf', '-', '-C', outside, 'secret']);
    for (const folder of [outside, 'way', `../${outside.split('/').at(-1)}`, '/etc']) {
      expect((await problemOf(localFiles.pack(session, folder, ['.'], never))).code, folder).toBe(
        'forbidden',
      );
      expect((await problemOf(localFiles.unpack(session, folder, pieces(one), never))).code, folder).toBe(
        'forbidden',
      );
    }
    expect((await problemOf(localFiles.pack(session, '.', ['way/secret'], never))).code).toBe('forbidden');
    const evil = execFileSync('tar', ['-cPf', '-', '--transform', 's,^,way/,', '-C', outside, 'secret']);
    writeFileSync(join(outside, 'secret'), 'safe');
    expect((await problemOf(localFiles.unpack(session, '.', pieces(evil), never))).code).toBe('forbidden');
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('safe');
    expect(readdirSync(outside)).toEqual(['secret']);
    rmSync(outside, { recursive: true });
    await kit.end(session);
  });
});
