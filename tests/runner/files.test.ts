/** Single files through the runner: resources/filekit.py under real Python, with and without a folder that is never left. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RunnerFiles } from '../../src-main/runner/runner-files.ts';
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import { memoryKiB, processesWith, startRunner, type TestRunner, until } from '../support/runner.ts';

const source = readFileSync(join(import.meta.dirname, '../../resources/filekit.py'), 'utf8');
const never = new AbortController().signal;
let runner: TestRunner;
let base: string;
let root: string;
let files: RunnerFiles;
let anywhere: RunnerFiles;

beforeAll(async () => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'sb-files-')));
  runner = await startRunner({ cwd: base });
});
afterAll(async () => {
  await runner.stop();
  rmSync(base, { recursive: true, force: true });
});
beforeEach(() => {
  root = mkdtempSync(join(base, 'root-'));
  files = new RunnerFiles(runner.client, { source, root, confined: true });
  anywhere = new RunnerFiles(runner.client, { source, root, confined: false });
});
afterEach(async () => {
  await Promise.all([files.close(), anywhere.close()]);
  expect(await helpers()).toEqual([]);
});

/** Helpers of this runner that are there. */
function helpers(): Promise<number[]> {
  return until('the helpers are gone', () => {
    const found = processesWith("SpecBoard's file helper").filter(
      (pid) => parentOf(pid) === runner.child.pid,
    );
    return found.length === 0 ? found : null;
  });
}

function parentOf(pid: number): number {
  try {
    return Number(/PPid:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return 0;
  }
}

async function* chunks(...parts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}

async function read(path: string, from = files): Promise<string> {
  return (await bytes(path, from)).toString('utf8');
}

async function bytes(path: string, from = files): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of await from.read(path, never)) parts.push(part);
  return Buffer.concat(parts);
}

async function problem(work: Promise<unknown>): Promise<SpecboardError> {
  const error = await work.then(
    () => new Error('It worked.'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof SpecboardError)) throw error;
  return error;
}

const inRoot = (path: string): string => join(root, path);

test('what is written is there, with what is told of it', async () => {
  const entry = await files.write('a/b/c.txt', chunks('häl', 'lo'), never);
  expect(entry).toMatchObject({ path: 'a/b/c.txt', name: 'c.txt', type: 'file', size: 6 });
  expect(readFileSync(inRoot('a/b/c.txt'), 'utf8')).toBe('hällo');
  expect(entry.modifiedAt).toBeCloseTo(statSync(inRoot('a/b/c.txt')).mtimeMs, 0);
  expect(await files.stat('a/b/../b//c.txt', never)).toEqual(entry);
  expect(await files.stat(`${root}/a/b/c.txt`, never)).toEqual(entry);
  expect(await files.stat('.', never)).toMatchObject({ path: '.', type: 'directory' });
  expect(await files.stat('', never)).toMatchObject({ path: '.', type: 'directory' });
  expect(await read('a/b/c.txt')).toBe('hällo');
  await files.write('a/b/c.txt', chunks(), never);
  expect(await read('a/b/c.txt')).toBe('');
});

test('a listing is sorted and says what things are', async () => {
  mkdirSync(inRoot('folder'));
  writeFileSync(inRoot('file'), '12345');
  chmodSync(inRoot('file'), 0o640);
  symlinkSync('nowhere', inRoot('link'));
  const { stdout } = await runner.shell(`mkfifo ${root}/pipe && echo made`);
  expect(stdout).toBe('made\n');
  const entries = await files.list('.', never);
  expect(entries.map(({ path, type }) => [path, type])).toEqual([
    ['file', 'file'],
    ['folder', 'directory'],
    ['link', 'link'],
    ['pipe', 'other'],
  ]);
  expect(entries[0]).toMatchObject({ size: 5, mode: 0o640 });
  expect(entries[2]).toMatchObject({ linkTarget: 'nowhere' });
  expect((await problem(read('pipe'))).code).toBe('unsupported');
});

test('every name works, also bytes that are no text', async () => {
  const names = [
    'a b',
    'new\nline',
    '-rf',
    '"',
    "'",
    '\u00e9',
    'e\u0301',
    '😀',
    'n'.repeat(255),
    'bad-\udcff\udc80',
  ];
  for (const name of names) await files.write(`names/${name}`, chunks(name), never);
  const found = (await files.list('names', never)).map(({ name }) => name);
  expect(found.sort()).toEqual([...names].sort());
  expect(readdirSync(Buffer.from(inRoot('names')), { encoding: 'buffer' })).toContainEqual(
    Buffer.from([...Buffer.from('bad-'), 0xff, 0x80]),
  );
  await files.move('names/bad-\udcff\udc80', 'names/good', never);
  expect(existsSync(inRoot('names/good'))).toBe(true);
  for (const path of ['a\0b', 'lone-\ud800', 'n'.repeat(256), `${'x/'.repeat(3000)}y`])
    expect((await problem(files.write(path, chunks('x'), never))).code, path.slice(0, 20)).toBe('invalid');
});

test('large files go both ways, byte for byte, with little memory on either side', async () => {
  const piece = Buffer.from(Array.from({ length: 1 << 20 }, (_, at) => (at * 7 + (at >> 10)) & 255));
  const twice = Buffer.concat([piece, piece]);
  const big = async function* () {
    for (let n = 0; n < 64; n += 1) yield piece;
  };
  expect((await files.write('big', big(), never)).size).toBe(64 << 20);
  let at = 0;
  let wrong = 0;
  for await (const part of await files.read('big', never)) {
    const from = at % piece.length;
    const expected = twice.subarray(from, from + part.length);
    if (!expected.equals(part)) wrong += 1;
    at += part.length;
  }
  expect([at, wrong]).toEqual([64 << 20, 0]);
  expect(memoryKiB(runner.child.pid ?? 0, 'VmHWM')).toBeLessThan(120_000);
});

test('a reader that is slow holds the helper back; one that leaves ends it', async () => {
  await runner.shell(`head -c 30000000 /dev/zero > ${root}/zeros`);
  const reader = (await files.read('zeros', never))[Symbol.asyncIterator]();
  const first = await reader.next();
  expect(first.done).toBe(false);
  // Everything else goes on meanwhile.
  for (let n = 0; n < 20; n += 1) await files.write(`meanwhile-${n}`, chunks('x'), never);
  await reader.return?.();
  expect((await files.list('.', never)).length).toBe(21);
});

test('many at once are done by a few helpers, and slow ones do not hold up the rest', async () => {
  await runner.shell(`for n in 1 2 3 4 5; do head -c 3000000 /dev/zero > ${root}/slow-$n; done`);
  const slow = [];
  for (const n of [1, 2, 3, 4, 5]) {
    const reader = (await files.read(`slow-${n}`, never))[Symbol.asyncIterator]();
    await reader.next();
    slow.push(reader);
  }
  const names = Array.from({ length: 200 }, (_, n) => `many/${n % 7}/${n}`);
  await Promise.all(names.map((name) => files.write(name, chunks(name), never)));
  expect(await Promise.all(names.map((name) => read(name)))).toEqual(names);
  const all = processesWith("SpecBoard's file helper").filter((pid) => parentOf(pid) === runner.child.pid);
  expect(all.length).toBeLessThan(12);
  for (const reader of slow) await reader.return?.();
});

test('what breaks off leaves the file as it was and nothing beside it', async () => {
  await files.write('file', chunks('as it was'), never);
  const controller = new AbortController();
  const endless = async function* () {
    for (let n = 0; ; n += 1) {
      if (n === 50) controller.abort();
      yield Buffer.alloc(65_536, 'x');
    }
  };
  expect((await problem(files.write('file', endless(), controller.signal))).code).toBe('cancelled');
  expect(readdirSync(root)).toEqual(['file']);
  const waiting = new AbortController();
  const silent = async function* () {
    yield Buffer.alloc(1000);
    setTimeout(() => waiting.abort(), 0);
    await new Promise(() => {});
  };
  expect((await problem(files.write('file', silent(), waiting.signal))).code).toBe('cancelled');
  const failing = async function* () {
    yield Buffer.alloc(1_000_000);
    throw new Error('the disk it comes from broke');
  };
  await expect(files.write('file', failing(), never)).rejects.toThrow('the disk it comes from broke');
  expect(readdirSync(root)).toEqual(['file']);
  expect(await read('file')).toBe('as it was');
  const timeout = AbortSignal.abort(new DOMException('late', 'TimeoutError'));
  expect((await problem(files.list('.', timeout))).code).toBe('timeout');
});

test('a helper that is killed in the middle fails its call; the next call has another', async () => {
  const stuck = async function* () {
    yield Buffer.alloc(1000);
    const [pid] = await until('the helper runs', () => {
      const found = processesWith("SpecBoard's file helper").filter(
        (one) => parentOf(one) === runner.child.pid,
      );
      return found.length > 0 ? found : null;
    });
    process.kill(pid ?? 0, 'SIGKILL');
    await new Promise(() => {});
  };
  expect((await problem(files.write('file', stuck(), never))).code).toBe('unavailable');
  expect((await files.write('file', chunks('again'), never)).size).toBe(5);
  const idle = processesWith("SpecBoard's file helper").filter((one) => parentOf(one) === runner.child.pid);
  for (const pid of idle) process.kill(pid, 'SIGKILL');
  await until('they are gone', () => idle.every((pid) => parentOf(pid) !== runner.child.pid));
  expect(await read('file')).toBe('again');
});

test('helpers that nobody needs are ended', async () => {
  const brief = new RunnerFiles(runner.client, { source, root, confined: true, pool: { idleMs: 20 } });
  await brief.stat('.', never);
  await helpers();
  expect((await brief.stat('.', never)).type).toBe('directory');
});

test('what is wrong is said in our words', async () => {
  mkdirSync(inRoot('folder/full'), { recursive: true });
  writeFileSync(inRoot('file'), 'x');
  const codes = async (work: Promise<unknown>) => {
    const { code, message } = await problem(work);
    expect(message).not.toMatch(/E[A-Z]{4,}|errno|Errno|\/proc|Traceback/);
    return code;
  };
  expect(await codes(read('no/such'))).toBe('not-found');
  expect(await codes(read('folder'))).toBe('conflict');
  expect(await codes(files.write('folder', chunks('x'), never))).toBe('conflict');
  expect(await codes(files.write('.', chunks('x'), never))).toBe('conflict');
  expect(await codes(files.write('file/below', chunks('x'), never))).toBe('conflict');
  expect(await codes(files.list('file', never))).toBe('conflict');
  expect(await codes(files.list('nothing', never))).toBe('not-found');
  expect(await codes(files.makeDir('file', never))).toBe('conflict');
  expect(await codes(files.move('nothing', 'x', never))).toBe('not-found');
  expect(await codes(files.move('file', 'folder', never))).toBe('conflict');
  expect(await codes(files.remove('.', never))).toBe('forbidden');
  expect(await codes(anywhere.remove(root, never))).toBe('forbidden');
  expect(await codes(anywhere.move(root, `${root}-moved`, never))).toBe('forbidden');
  symlinkSync('loop', inRoot('loop'));
  expect(await codes(read('loop'))).toBe('forbidden');
  expect(await codes(read('loop', anywhere))).toBe('forbidden');
});

test('folders are made, moved and removed, links and depth included', async () => {
  await files.makeDir('a/b/c', never);
  await files.makeDir('a/b/c', never);
  await files.write('a/b/c/d', chunks('x'), never);
  await files.move('a/b', 'moved/here', never);
  expect(readdirSync(inRoot('moved/here/c'))).toEqual(['d']);
  mkdirSync(inRoot('beside'));
  writeFileSync(inRoot('beside/kept'), '');
  symlinkSync('../beside', inRoot('moved/link'));
  await files.remove('moved', never);
  await files.remove('moved', never);
  await files.remove('not/there/at/all', never);
  expect(readdirSync(inRoot('beside'))).toEqual(['kept']);
  // Deeper than a path can be long, and than a program may hold folders open.
  const deep =
    'import os\nos.makedirs("deep"); os.chdir("deep")\nfor _ in range(1500): os.mkdir("dd"); os.chdir("dd")\nopen("end", "w").close()\nos.chdir("/")';
  expect((await runner.shell(`cd ${root} && python3 -c '${deep}'`)).result.exitCode).toBe(0);
  await files.remove('deep', never);
  expect(existsSync(inRoot('deep'))).toBe(false);
});

test('writing over a file keeps its mode; through a link, the link stays', async () => {
  writeFileSync(inRoot('tool'), 'one');
  chmodSync(inRoot('tool'), 0o751);
  await files.write('tool', chunks('two'), never);
  expect(statSync(inRoot('tool')).mode & 0o777).toBe(0o751);
  symlinkSync('tool', inRoot('link'));
  await files.write('link', chunks('three'), never);
  expect(lstatSync(inRoot('link')).isSymbolicLink()).toBe(true);
  expect(await read('tool')).toBe('three');
  symlinkSync('not-yet/there', inRoot('dangling'));
  await anywhere.write('dangling', chunks('made'), never);
  expect(await read('not-yet/there')).toBe('made');
});

describe('the folder that is never left', () => {
  let outside: string;
  beforeEach(() => {
    outside = mkdtempSync(join(base, 'outside-'));
    writeFileSync(join(outside, 'secret'), 'outside');
  });

  test('not by dots, not by full paths, not by links', async () => {
    symlinkSync(outside, inRoot('way'));
    symlinkSync(join(outside, 'secret'), inRoot('file'));
    symlinkSync('../..', inRoot('up'));
    mkdirSync(inRoot('in'));
    const name = outside.slice(base.length + 1);
    for (const path of [
      join(outside, 'secret'),
      `../${name}/secret`,
      `in/../../${name}/secret`,
      'way/secret',
      'file',
      `up/${name}/secret`,
      '/etc/passwd',
      `${root}/../${name}/secret`,
    ]) {
      expect((await problem(read(path))).code, path).toBe('forbidden');
      expect((await problem(files.write(path, chunks('changed'), never))).code, path).toBe('forbidden');
      if (path === 'file') continue; // the link itself may be removed, and a name beside it is inside
      expect((await problem(files.remove(path, never))).code, path).toBe('forbidden');
      expect(
        (
          await problem(
            files.move('in', `${path}-moved`, never).then(() => files.stat(`${path}-moved`, never)),
          )
        ).code,
        path,
      ).toMatch(/forbidden/);
      mkdirSync(inRoot('in'), { recursive: true });
    }
    expect(readdirSync(outside)).toEqual(['secret']);
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('outside');
    // A link that stays inside is followed, also by its full path.
    symlinkSync(join(root, 'in'), inRoot('full'));
    await files.write('full/x', chunks('inside'), never);
    expect(await read('in/x')).toBe('inside');
  });

  test('not by folders that become links at the same moment', async () => {
    mkdirSync(inRoot('real'));
    writeFileSync(inRoot('real/secret'), 'inside');
    // Swaps a folder and a link to the outside as fast as it can.
    const swap = `cd ${root}; mkdir -p d; cp real/secret d/secret; ln -s ${outside} l; while :; do mv -T d t; mv -T l d; mv -T d l; mv -T t d; done`;
    const controller = new AbortController();
    const swapping = runner.shell(swap, {}, controller.signal);
    await until('it swaps', () => existsSync(inRoot('l')) || existsSync(inRoot('t')));
    const seen = new Set<string>();
    for (let n = 0; n < 300; n += 1) {
      seen.add(await read('d/secret').catch((error) => error.code));
      await files.write('d/written', chunks('x'), never).catch(() => {});
    }
    controller.abort();
    await swapping;
    expect(seen).not.toContain('outside');
    expect(readdirSync(outside)).toEqual(['secret']);
  });

  test('where it may be left, everything of the system can be reached', async () => {
    expect(await read(join(outside, 'secret'), anywhere)).toBe('outside');
    await anywhere.write(join(outside, 'new/file'), chunks('x'), never);
    expect(readFileSync(join(outside, 'new/file'), 'utf8')).toBe('x');
    expect((await anywhere.stat('/etc', never)).path).toBe('/etc');
    expect((await bytes('/proc/self/status', anywhere)).toString()).toContain('Name:');
  });
});

test('after the end of the runner everything is gone', async () => {
  const own = await startRunner({ cwd: root });
  const late = new RunnerFiles(own.client, { source, confined: true });
  await late.write('x', chunks('x'), never);
  const reader = (await late.read('x', never))[Symbol.asyncIterator]();
  await reader.next();
  await own.stop();
  expect((await problem(late.list('.', never))).code).toBe('gone');
  await late.close();
});
