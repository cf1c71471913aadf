/** A sandbox that lies: whatever its helper says, nothing hostile becomes an entry, nothing grows without limit, nothing hangs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RemoteSideOptions } from '../../src-main/sync/remote/remote-side.ts';
import type { RemoteSide } from '../../src-main/sync/sides.ts';
import {
  FolderSandbox,
  fileEntry,
  hastyClock,
  lyingKit,
  never,
  noRules,
  problemOf,
  put,
  textOf,
} from '../support/sync/remote-parts.ts';

let box: FolderSandbox;

beforeAll(() => {
  box = new FolderSandbox();
});

afterAll(() => box.remove());

function liar(answers: Record<string, string>, options: Partial<RemoteSideOptions> = {}): RemoteSide {
  return box.side({ kit: lyingKit(answers), clock: hastyClock(), ...options });
}

const file = (path: string, more = '1, 1, 0, HASH'): string => `[${JSON.stringify(path)}, "f", ${more}]`;
const folder = (path: string): string => `[${JSON.stringify(path)}, "d", 0, 0, 0, ""]`;
const link = (path: string, target: string): string =>
  `[${JSON.stringify(path)}, "l", 0, 0, 0, ${JSON.stringify(target)}]`;

async function scanOf(
  rows: readonly string[],
  options: Partial<RemoteSideOptions> = {},
): ReturnType<RemoteSide['scan']> {
  return liar({ scan: `return scan([${rows.join(', ')}])` }, options).scan(noRules, never);
}

describe('names and links', () => {
  it('makes hostile ones unusable, and takes the rest', async () => {
    const deep = Array.from({ length: 140 }, () => 'd').join('/');
    const scan = await scanOf([
      file('good'),
      folder('dir'),
      file('dir/good'),
      ...['../up', '/etc/passwd', 'dir/../../x', 'a//b', './here', 'nul\0byte', '.'].map((path) =>
        file(path),
      ),
      file(`dir/${'x'.repeat(300)}`),
      file(deep),
      file('\ud800'),
      link('inside', 'dir/good'),
      link('absolute', '/etc'),
      link('dir/up', '../../etc'),
      link('drive', 'C:\\Windows'),
      // What has no folder, or a link for one.
      file('missing/folder/x'),
      file('inside/below-a-link'),
      file('good/below-a-file'),
    ]);
    expect([...scan.entries.keys()].sort()).toEqual(['dir', 'dir/good', 'good', 'inside']);
    const reasons = Object.groupBy(scan.unusable, ({ reason }) => reason);
    expect(reasons['hostile-name']?.map(({ path }) => path).sort()).toEqual(
      [
        '.',
        '../up',
        './here',
        '/etc/passwd',
        'a//b',
        'dir/../../x',
        'good/below-a-file',
        'inside/below-a-link',
        'missing/folder/x',
        'nul\uFFFDbyte',
      ].sort(),
    );
    expect(reasons['link-leads-out']?.map(({ path }) => path).sort()).toEqual([
      'absolute',
      'dir/up',
      'drive',
    ]);
    expect([
      reasons['name-too-long']?.length,
      reasons['too-deep']?.length,
      reasons['name-not-text']?.length,
    ]).toEqual([1, 1, 1]);
    expect(scan.unusable.every(({ side }) => side === 'remote')).toBe(true);
  });

  it('refuses names that Windows cannot have, where this computer has its rules', async () => {
    const rows = [file('CON'), file('a:b'), folder('dot.'), file('dot./x'), file('fine')];
    expect((await scanOf(rows)).entries.size).toBe(5);
    const scan = await scanOf(rows, { windowsNames: true });
    expect([...scan.entries.keys()]).toEqual(['fine']);
    expect(scan.unusable.map(({ path, reason }) => [path, reason])).toEqual([
      ['CON', 'name-not-possible'],
      ['a:b', 'name-not-possible'],
      ['dot.', 'name-not-possible'],
      ['dot./x', 'name-not-possible'],
    ]);
  });

  it('remembers what was refused until it is gone', async () => {
    const side = liar({
      scan: `if r["have"] is None:
    return scan([${file('../x')}, ${folder('d')}, ${file('d/a')}], snapshot="s1")
if r["have"] == "s1":
    return scan([], base="s1", snapshot="s2", **{})
return scan([${file('d/b')}], base="s2", snapshot="s3", **{}) if r["have"] == "s2" else dict(scan([], base="s3", snapshot="s4"), **{"del": ["../x", "d"]})`,
    });
    await side.scan(noRules, never);
    expect((await side.scan(noRules, never)).unusable).toHaveLength(1);
    expect([...(await side.scan(noRules, never)).entries.keys()].sort()).toEqual(['d', 'd/a', 'd/b']);
    // A folder goes, what was in it is not told: a lie.
    const last = await side.scan(noRules, never);
    expect(last.entries.size).toBe(0);
    expect(last.unusable.map(({ path }) => path).sort()).toEqual(['d/a', 'd/b']);
  });
});

describe('answers that are none', () => {
  const rows: Record<string, string> = {
    'a hash that is none': `scan([${file('a', '1, 1, 0, "xyz"')}])`,
    'a size below nothing': `scan([${file('a', '-1, 1, 0, HASH')}])`,
    'a size beyond numbers': `scan([${file('a', '1e300, 1, 0, HASH')}])`,
    'a time beyond dates': `scan([${file('a', '1, 10**17, 0, HASH')}])`,
    'a path twice': `scan([${file('a')}, ${file('a')}])`,
    'a row of another form': 'scan([["a", "f"]])',
    'a path that is no text': 'scan([[1, "f", 1, 1, 0, HASH]])',
    'a kind that is none': 'scan([["a", "x", 1, 1, 0, HASH]])',
    'a time before the last scan': 'scan([], base="s0")',
    'fields that nobody knows': 'scan([], more=1)',
    'a state that is no place': 'scan([], state="../x")',
    'a reason that is none': 'scan([], unusable=[["a", "because", None]])',
    'no object': '[1, 2]',
    'a failure of no form': '{"ok": False}',
    'a failure with a code of its own': '{"ok": False, "code": "please-delete-everything", "message": "x"}',
    'more hostile names than can be listed':
      'scan([["../%d" % n, "f", 1, 1, 0, HASH] for n in range(11000)])',
    'a file of an answer that is another':
      '(open(STATE + "/out/x", "w").write("abc"), {"at": STATE + "/out/x", "bytes": 3, "sha256": HASH})[1]',
    'a file of an answer that is longer':
      '(open(STATE + "/out/y", "w").write("abcdef"), {"at": STATE + "/out/y", "bytes": 3, "sha256": HASH})[1]',
  };
  it.each(Object.keys(rows))('%s', async (name) => {
    const problem = await problemOf(liar({ scan: `return ${rows[name]}` }).scan(noRules, never));
    expect(problem.code).toBe('protocol');
    expect(problem.problem.kept).toBeTruthy();
  });

  it.each([
    [
      'a bomb',
      'print("SYNCKIT 1 " + base64.b64encode(zlib.compress(b" " * (100 << 20))).decode())',
      'protocol',
    ],
    ['output without an end', 'while True: print("x" * 10000)', 'protocol'],
    ['words without an end on the other stream', 'while True: sys.stderr.write("x" * 10000)', 'protocol'],
    ['no answer at all', 'time.sleep(600)', 'timeout'],
    ['an end without an answer', 'os._exit(3)', 'protocol'],
    ['a death', 'os.kill(os.getpid(), 9)', 'protocol'],
  ])('%s', async (_name, body, code) => {
    // A deadline of 15 minutes passes in one second where it is what is looked at.
    const clock = hastyClock(code === 'timeout' ? 900 : 20);
    const side = liar({ scan: `${body}\nreturn None` }, { clock });
    expect((await problemOf(side.scan(noRules, never))).code).toBe(code);
  });
});

describe('bytes and results', () => {
  const entry = fileEntry('0123456789');
  const base = 'return ok(';
  it.each<[string, Record<string, string>, (side: RemoteSide) => Promise<unknown>]>([
    [
      'fewer results than items',
      { apply: `${base}base=None, snapshot=None, set=[], **{"del": []}, results=[])` },
      (side) => side.apply('c', 1, box.bundle([put('a', 'b')]), () => {}, never),
    ],
    [
      'a kept name that leads elsewhere',
      {
        apply: `${base}base=None, snapshot=None, set=[], **{"del": []}, results=[{"result": "done", "kept": "../../x"}])`,
      },
      (side) => side.apply('c', 1, box.bundle([put('a', 'b')]), () => {}, never),
    ],
    [
      'a pack that is too large',
      { pack: `${base}data=base64.b64encode(b"x" * 200000).decode())` },
      (side) => side.pack([{ path: 'a', entry }], () => {}, never),
    ],
    [
      'a pack that is announced too large',
      { pack: `${base}file=STATE + "/out/p", bytes=10**12, sha256=HASH)` },
      (side) => side.pack([{ path: 'a', entry }], () => {}, never),
    ],
    [
      'ranges that are shorter',
      { ranges: `${base}changed=False, data="AAAA")` },
      (side) => side.ranges('a', entry, [[0, 9]], () => {}, never),
    ],
    [
      'ranges that are longer',
      { ranges: `${base}changed=False, data="AAAAAAAA")` },
      (side) => side.ranges('a', entry, [[0, 2]], () => {}, never),
    ],
    [
      'a signature of other blocks',
      { sig: `${base}changed=False, size=10, data="AAAA")` },
      (side) => side.signature('a', entry, 4, never),
    ],
    [
      'a signature of another size',
      { sig: `${base}changed=False, size=11, data=base64.b64encode(b"x" * 16).decode())` },
      (side) => side.signature('a', entry, 4, never),
    ],
  ])('%s', async (_name, answers, work) => {
    expect((await problemOf(work(liar(answers)))).code).toBe('protocol');
  });

  it('takes no part for there that it did not ask for', async () => {
    const side = liar({ parts: `${base}have=["a" * 64, HASH])` });
    expect([...(await side.hasParts(['0'.repeat(64)], never))]).toEqual(['0'.repeat(64)]);
  });

  it('stops reading a kept copy that is longer than it was said to be', async () => {
    const side = liar({
      kept: `open(STATE + "/out/k", "w").write("x" * 1000)
${base}found=[{"name": "c/0", "kind": "file", "file": STATE + "/out/k", "size": 10, "target": None}])`,
    });
    expect((await problemOf(side.readKept('c/0', never).then(textOf))).code).toBe('protocol');
    expect((await problemOf(side.readKept('c/1', never))).code).toBe('not-found');
  });

  it.each([
    ['no-space', 'no-space'],
    ['forbidden', 'forbidden'],
    ['invalid', 'invalid'],
    ['unsupported', 'unsupported'],
    ['internal', 'protocol'],
  ])('says what it means that the helper says %s', async (said, code) => {
    const side = liar({ scan: `return {"ok": False, "code": "${said}", "message": "words", "path": None}` });
    const problem = await problemOf(side.scan(noRules, never));
    expect(problem.code).toBe(code);
    expect(problem.problem.details).toContain('words');
  });

  it('finds its answer among greetings, and not in them', async () => {
    const side = liar({
      scan: `print("Last login: today")
print("SYNCKIT 1 !!!")
print("say SYNCKIT 1 AAAA")
say(scan([]))
sys.stdout.write("bye")
return None`,
    });
    expect((await side.scan(noRules, never)).entries.size).toBe(0);
  });
});

it('holds 100,000 entries and tells quickly that none changed', async () => {
  const side = liar({
    scan: `if r["have"]: return scan([], base="s1")
data = zlib.compress(json.dumps(scan([["d", "d", 0, 0, 0, ""]] + [["d/file-%d.txt" % n, "f", n, n, 0, hashlib.sha256(str(n).encode()).hexdigest()] for n in range(99999)])).encode())
open(STATE + "/out/a", "wb").write(data)
return {"at": STATE + "/out/a", "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}`,
  });
  const rules = {
    checksum: false,
    rules: { texts: [{ source: 'defaults', folder: '', text: 'node_modules/\n*.pyc\n' }] },
  };
  const first = await side.scan(rules, never);
  expect(first.entries.size).toBe(100_000);
  const start = performance.now();
  const again = await side.scan(rules, never);
  // A process is started in it; the rest is a copy of a map.
  expect(performance.now() - start).toBeLessThan(3000);
  expect(again.entries.get('d/file-5.txt')).toBe(first.entries.get('d/file-5.txt'));
  expect(readFileSync(join(box.home, '.specboard-sync/r1/out/a')).length).toBeGreaterThan(1_000_000);
});
