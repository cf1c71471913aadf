/** Tars through the runner: resources/filekit.py against the tar of the system and Python's tarfile, and against hostile ones. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RunnerFiles } from '../../src-main/runner/runner-files.ts';
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import { python, startRunner, type TestRunner } from '../support/runner.ts';

const source = readFileSync(join(import.meta.dirname, '../../resources/filekit.py'), 'utf8');
const never = new AbortController().signal;
let runner: TestRunner;
let base: string;
let root: string;
let files: RunnerFiles;

beforeAll(async () => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'sb-bulk-')));
  runner = await startRunner({ cwd: base });
});
afterAll(async () => {
  await runner.stop();
  rmSync(base, { recursive: true, force: true });
});
beforeEach(() => {
  root = mkdtempSync(join(base, 'root-'));
  files = new RunnerFiles(runner.client, { source, root, confined: true });
});

const inRoot = (path: string): string => join(root, path);

async function packed(folder: string, paths: readonly string[] = ['.']): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of await files.pack(folder, paths, never)) parts.push(part);
  return Buffer.concat(parts);
}

/** In pieces of odd sizes: nothing may depend on where they are cut. */
async function* pieces(tar: Uint8Array, size = 700): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < tar.length; at += size) yield tar.subarray(at, at + size);
}

async function code(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => 'It worked.',
    (reason: unknown) => reason,
  );
  return error instanceof SpecboardError ? error.code : String(error);
}

/** A tar by Python's tarfile: [name, type, link or content]... */
function tarOf(entries: readonly [name: string, type: string, value?: string][], format = 'PAX'): Buffer {
  const program = `import tarfile, sys, io, json
t = tarfile.open(fileobj=sys.stdout.buffer, mode="w|", format=tarfile.${format}_FORMAT, encoding="utf-8", errors="surrogateescape")
for name, kind, value in json.load(sys.stdin):
    i = tarfile.TarInfo(name); i.type = kind.encode(); i.mtime = 1e9; i.mode = 0o640
    if kind in "12": i.linkname = value
    data = value.encode() if kind == "0" else b""
    i.size = len(data)
    t.addfile(i, io.BytesIO(data))
t.close()`;
  const list = JSON.stringify(entries.map(([name, type, value = '']) => [name, type, value]));
  return execFileSync(python, ['-c', program], { input: list, maxBuffer: 1 << 26 });
}

test('what is packed is what the tar of the system unpacks, and the other way round', async () => {
  mkdirSync(inRoot('from/deep/er'), { recursive: true });
  const long = `${'long-folder-name/'.repeat(12)}${'n'.repeat(200)}`;
  mkdirSync(inRoot(join('from', long, '..')), { recursive: true });
  const contents: Record<string, string> = {
    'a.txt': 'a',
    'deep/er/b': 'x'.repeat(100_000),
    empty: '',
    'new\nline ä 😀': 'odd',
    '-dash': 'dash',
    [long]: 'long',
  };
  for (const [name, text] of Object.entries(contents)) writeFileSync(inRoot(`from/${name}`), text);
  chmodSync(inRoot('from/a.txt'), 0o751);
  utimesSync(inRoot('from/a.txt'), 1_234_567_890, 1_234_567_890);
  symlinkSync('a.txt', inRoot('from/link'));
  symlinkSync(`nowhere/${'l'.repeat(150)}`, inRoot('from/long link'));
  mkdirSync(inRoot('system'));
  execFileSync('tar', ['-xpf', '-', '-C', inRoot('system')], { input: await packed('from') });
  expect(execFileSync('diff', ['-r', '--no-dereference', 'from', 'system'], { cwd: root }).toString()).toBe(
    '',
  );
  expect(statSync(inRoot('system/a.txt'))).toMatchObject({ mode: 0o100751, mtimeMs: 1_234_567_890_000 });

  for (const format of ['gnu', 'pax', 'posix']) {
    const tar = execFileSync('tar', ['-cf', '-', `--format=${format}`, '-C', inRoot('from'), '.'], {
      maxBuffer: 1 << 26,
    });
    await files.unpack(`back-${format}`, pieces(tar), never);
    expect(
      execFileSync('diff', ['-r', '--no-dereference', 'from', `back-${format}`], { cwd: root }).toString(),
    ).toBe('');
    expect(statSync(inRoot(`back-${format}/a.txt`))).toMatchObject({
      mode: 0o100751,
      mtimeMs: 1_234_567_890_000,
    });
  }
});

test('names that are no text survive', async () => {
  const name = Buffer.from([0x66, 0xff, 0xfe]);
  mkdirSync(inRoot('from'));
  writeFileSync(Buffer.concat([Buffer.from(inRoot('from/')), name]), 'bytes');
  await files.unpack('to', pieces(await packed('from')), never);
  expect(readdirSync(Buffer.from(inRoot('to')), { encoding: 'buffer' })).toEqual([name]);
});

test('what is asked for is packed, and nothing else', async () => {
  for (const name of ['a', 'b/c', 'b/d/e', '-rf']) {
    mkdirSync(inRoot(join('from', name, '..')), { recursive: true });
    writeFileSync(inRoot(`from/${name}`), name);
  }
  const names = (tar: Buffer) =>
    execFileSync('tar', ['-tf', '-'], { input: tar }).toString().split('\n').filter(Boolean);
  expect(names(await packed('from', ['a', 'b/d']))).toEqual(['a', 'b/d/', 'b/d/e']);
  expect(names(await packed('from', ['./b//c', '-rf']))).toEqual(['b/c', '-rf']);
  expect(names(await packed('from'))).toEqual(['-rf', 'a', 'b/', 'b/c', 'b/d/', 'b/d/e']);
  expect(names(await packed('from', []))).toEqual([]);
  expect(await code(files.pack('from', ['no'], never))).toBe('not-found');
  expect(await code(files.pack('no', ['.'], never))).toBe('not-found');
  expect(await code(files.pack('from/a', ['.'], never))).toBe('conflict');
  for (const path of ['..', 'b/../../x', '/etc'])
    expect(await code(files.pack('from', [path], never)), path).toBe('forbidden');
  expect(await code(files.pack('..', ['.'], never))).toBe('forbidden');
  symlinkSync('/etc', inRoot('from/way'));
  expect(await code(files.pack('from', ['way/passwd'], never))).toBe('forbidden');
  expect(await code(files.pack('from/way', ['.'], never))).toBe('forbidden');
  expect(names(await packed('from', ['way']))).toEqual(['way']);
});

test('a file that changes while it is packed does not damage the tar; what is no file is left out', async () => {
  mkdirSync(inRoot('from'));
  await runner.shell(
    `mkfifo ${root}/from/pipe; head -c 20000000 /dev/zero > ${root}/from/shrinks; echo end > ${root}/from/z`,
  );
  const stream = await files.pack('from', ['.'], never);
  const parts: Uint8Array[] = [];
  for await (const part of stream) {
    if (parts.length === 0) writeFileSync(inRoot('from/shrinks'), 'short');
    parts.push(part);
  }
  const listed = execFileSync('tar', ['-tvf', '-'], { input: Buffer.concat(parts) }).toString();
  expect(listed).toMatch(/20000000 .* shrinks\n.* z\n$/);
  expect(listed).not.toContain('pipe');
});

test('unpacking replaces files and links, keeps what is beside them, and makes the folder', async () => {
  await files.unpack(
    'to',
    pieces(
      tarOf([
        ['a', '0', 'one'],
        ['b', '0', 'stays'],
        ['d/e', '0', 'x'],
      ]),
    ),
    never,
  );
  symlinkSync('b', inRoot('to/l'));
  await files.unpack(
    'to',
    pieces(
      tarOf([
        ['a', '0', 'two'],
        ['l', '0', 'file'],
        ['d', '5'],
        ['n/', '5'],
      ]),
    ),
    never,
  );
  expect(['a', 'b', 'l', 'd/e'].map((name) => readFileSync(inRoot(`to/${name}`), 'utf8'))).toEqual([
    'two',
    'stays',
    'file',
    'x',
  ]);
  expect(statSync(inRoot('to/n')).isDirectory()).toBe(true);
  await files.unpack(
    'to',
    pieces(
      tarOf([
        ['h', '1', 'a'],
        ['h2', '1', 'd/e'],
        ['a', '1', 'h'],
      ]),
    ),
    never,
  );
  expect(readFileSync(inRoot('to/h'), 'utf8')).toBe('two');
  expect(statSync(inRoot('to/h')).nlink).toBe(2);
  expect(readdirSync(inRoot('to')).filter((name) => name.startsWith('.'))).toEqual([]);
  expect(await code(files.unpack('to', pieces(tarOf([['d', '0', 'a file over a folder']])), never))).toBe(
    'conflict',
  );
  expect(await code(files.unpack('to', pieces(tarOf([['a', '5']])), never))).toBe('conflict');
  expect(await code(files.unpack('to', pieces(tarOf([['a/below', '0', 'x']])), never))).toBe('conflict');
  expect(await code(files.unpack('to/a', pieces(tarOf([])), never))).toBe('conflict');
});

describe('hostile archives', () => {
  beforeEach(() => {
    mkdirSync(inRoot('outside'));
    writeFileSync(inRoot('outside/file'), 'safe');
  });

  test.each<[string, [string, string, string?][]]>([
    ['dots', [['../outside/evil', '0', 'x']]],
    ['dots in the middle', [['a/../../outside/evil', '0', 'x']]],
    ['a full path', [['/tmp/specboard-evil', '0', 'x']]],
    ['a folder outside', [['../outside/evil', '5']]],
    [
      'a link and a file through it',
      [
        ['l', '2', '../outside'],
        ['l/evil', '0', 'x'],
      ],
    ],
    [
      'a link to a link',
      [
        ['l', '2', '..'],
        ['m', '2', 'l/outside'],
        ['m/evil', '0', 'x'],
      ],
    ],
    [
      'a folder over a link',
      [
        ['l', '2', '../outside'],
        ['l', '5'],
        ['l/evil', '0', 'x'],
      ],
    ],
    [
      'a hard link to the outside',
      [
        ['h', '1', '../outside/file'],
        ['h', '0', 'x'],
      ],
    ],
    [
      'a hard link through a link',
      [
        ['l', '2', '../outside'],
        ['h', '1', 'l/file'],
      ],
    ],
    ['a link of the way itself', [['way/evil', '0', 'x']]],
  ])('%s', async (_what, entries) => {
    mkdirSync(inRoot('to'));
    symlinkSync('../outside', inRoot('to/way'));
    expect(await code(files.unpack('to', pieces(tarOf(entries)), never))).toBe('forbidden');
    expect(readdirSync(inRoot('outside'))).toEqual(['file']);
    expect(readFileSync(inRoot('outside/file'), 'utf8')).toBe('safe');
  });

  test('a file takes the place of a link, and does not go through it', async () => {
    await files.unpack(
      'to',
      pieces(
        tarOf([
          ['l', '2', '../outside/file'],
          ['l', '0', 'evil'],
        ]),
      ),
      never,
    );
    expect(readFileSync(inRoot('to/l'), 'utf8')).toBe('evil');
    expect(readFileSync(inRoot('outside/file'), 'utf8')).toBe('safe');
  });

  test('devices, pipes and unknown kinds are refused, and what came before is there', async () => {
    for (const type of ['3', '4', '6'])
      expect(
        await code(
          files.unpack(
            'to',
            pieces(
              tarOf([
                ['fine', '0', 'x'],
                ['odd', type],
              ]),
            ),
            never,
          ),
        ),
      ).toBe('forbidden');
    expect(readdirSync(inRoot('to'))).toEqual(['fine']);
    expect(await code(files.unpack('to', pieces(tarOf([['odd', 'Z']])), never))).toBe('unsupported');
  });

  test('no mode that gives another rank is taken', async () => {
    const tar = tarOf([['suid', '0', 'x']]);
    const set = execFileSync(python, [
      '-c',
      'import tarfile,sys,io\nt=tarfile.open(fileobj=sys.stdout.buffer,mode="w|")\ni=tarfile.TarInfo("suid");i.mode=0o6755;t.addfile(i);t.close()',
    ]);
    await files.unpack('to', pieces(tar), never);
    await files.unpack('to', pieces(set), never);
    expect(statSync(inRoot('to/suid')).mode & 0o7777).toBe(0o755);
  });

  test('what is cut off or damaged anywhere is said, and no half file is there', async () => {
    const whole = tarOf([
      ['one', '0', 'x'.repeat(3000)],
      ['n'.repeat(180), '0', 'long'],
      ['two', '0', 'y'.repeat(3000)],
    ]);
    const end = 512 * Math.ceil(whole.findLastIndex((byte) => byte !== 0) / 512);
    for (let at = 0; at <= end; at += 512) {
      rmSync(inRoot('to'), { recursive: true, force: true });
      expect(await code(files.unpack('to', pieces(whole.subarray(0, at), 512), never)), `cut at ${at}`).toBe(
        'invalid',
      );
      const there = readdirSync(inRoot('to'));
      for (const name of there)
        expect(statSync(inRoot(`to/${name}`)).size).toBe(name.length > 100 ? 4 : 3000);
    }
    for (const at of [10, 125, 150, 3600, 4700]) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0x5a;
      const said = await code(files.unpack('to', pieces(damaged), never));
      expect(['invalid', 'It worked.'], `damaged at ${at}`).toContain(said);
    }
    expect(await code(files.unpack('to', pieces(Buffer.alloc(100_000, 'no archive')), never))).toBe(
      'invalid',
    );
    expect(await code(files.unpack('to', pieces(Buffer.alloc(0)), never))).toBe('invalid');
  });
});

test('breaking off leaves whole files only, and the next one works', async () => {
  const tar = tarOf([
    ['one', '0', '1'.repeat(200_000)],
    ['two', '0', '2'.repeat(2_000_000)],
  ]);
  mkdirSync(inRoot('to'));
  const controller = new AbortController();
  const aborted = async function* () {
    yield* pieces(tar.subarray(0, 1_000_000), 65_536);
    controller.abort();
    await new Promise(() => {});
  };
  expect(await code(files.unpack('to', aborted(), controller.signal))).toBe('cancelled');
  const there = readdirSync(inRoot('to'));
  expect(there.filter((name) => name !== 'one')).toEqual([]);
  const failing = async function* () {
    yield tar.subarray(0, 1_000_000);
    throw new Error('the disk it comes from broke');
  };
  await expect(files.unpack('to', failing(), never)).rejects.toThrow('the disk it comes from broke');
  expect(readdirSync(inRoot('to')).filter((name) => name !== 'one')).toEqual([]);
  await files.unpack('to', pieces(tar, 100_000), never);
  expect(readFileSync(inRoot('to/two'), 'utf8')).toBe('2'.repeat(2_000_000));
});

test('links are made as they are, also those that lead nowhere or out', async () => {
  await files.unpack(
    'to',
    pieces(
      tarOf([
        ['a', '2', '/usr/bin/python3'],
        ['b', '2', '../../x'],
        ['c', '2', 'ö'.repeat(90)],
      ]),
    ),
    never,
  );
  expect(['a', 'b', 'c'].map((name) => readlinkSync(inRoot(`to/${name}`)))).toEqual([
    '/usr/bin/python3',
    '../../x',
    'ö'.repeat(90),
  ]);
  // And none of them is a way out.
  expect(await code(files.read('to/a', never))).toBe('forbidden');
});

describe('once, without a runner', () => {
  const once = (request: object, input: Uint8Array | string = '') => {
    const argv = [
      '-I',
      '-S',
      '-X',
      'utf8',
      '-c',
      source,
      'once',
      JSON.stringify({ root, confined: true, ...request }),
    ];
    return runner.client === undefined
      ? null
      : execFileSync(python, argv, { input, stdio: ['pipe', 'pipe', 'pipe'], maxBuffer: 1 << 26 });
  };

  test('raw bytes in and out, and a failure in its last words', async () => {
    once({ op: 'write', path: 'x/y', data: true }, 'content');
    expect(once({ op: 'read', path: 'x/y' })?.toString()).toBe('content');
    const tar = once({ op: 'pack', folder: 'x', paths: ['.'] });
    writeFileSync(inRoot('staged.tar'), tar ?? '');
    once({ op: 'unpack', folder: 'z', input: inRoot('staged.tar') });
    expect(readFileSync(inRoot('z/y'), 'utf8')).toBe('content');
    expect(existsSync(inRoot('staged.tar'))).toBe(false);
    let said = '';
    try {
      once({ op: 'read', path: 'no' });
    } catch (error) {
      said = String((error as { stderr: Buffer }).stderr);
    }
    expect(JSON.parse(said.trimEnd().split('\n').at(-1) ?? '')).toEqual({
      F: { errno: 'ENOENT', path: null },
    });
  });
});
