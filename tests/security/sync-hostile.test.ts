/**
 * A sandbox that lies, through whole cycles: whatever its helper says, nothing outside of the synced folder is ever written, nothing in
 * it is deleted or replaced, and the answer is a clear error, a question or a problem by name.
 */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CycleResult } from '../../src-main/sync/cycle/cycle-types.ts';
import { SyncCycles } from '../../src-main/sync/cycle/sync-cycles.ts';
import { localJobs } from '../../src-main/sync/local/jobs.ts';
import { LocalRoot } from '../../src-main/sync/local/local-root.ts';
import { runHere } from '../../src-main/sync/local/run-job.ts';
import type { ApplyItem } from '../../src-main/sync/types.ts';
import { fileEntry, folderEntry, LocalWorld, linkEntry, put } from '../support/sync/local-world.ts';
import { MemoryManifestStore } from '../support/sync/memory-manifest-store.ts';
import { lookAt } from '../support/sync/random-edits.ts';
import { FolderSandbox, hastyClock, lyingKit, never, sha256 } from '../support/sync/remote-parts.ts';

let box: FolderSandbox;
beforeAll(() => {
  box = new FolderSandbox();
});
afterAll(() => box.remove());

const exclusions = { defaults: false, secrets: false, gitignore: false, patterns: [] };
const hi = `2, 1700000000000, 0, "${sha256('hi')}"`;
const file = (path: string, more = hi) => `[${JSON.stringify(path)}, "f", ${more}]`;
const folder = (path: string) => `[${JSON.stringify(path)}, "d", 0, 0, 0, ""]`;
const link = (path: string, target: string) =>
  `[${JSON.stringify(path)}, "l", 0, 0, 0, ${JSON.stringify(target)}]`;
const scanOf = (...rows: string[]) => `return scan([${rows.join(', ')}], marker=MARKER)`;

/** A pack of `hi` for everything that is asked for, or of other members: Python that gives [name, bytes]s. */
const packOf = (
  members = '[[str(n), b"hi"] for n in range(len(r["files"]))]',
  index = 'r["files"]',
) => `import io, tarfile, gzip
out = b""
for name, data in [["index.json", json.dumps(${index}).encode()]] + list(${members}):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    out += info.tobuf() + data + bytes(-len(data) % 512)
packed = gzip.compress(out + bytes(1024), 1)
return ok(data=base64.b64encode(packed).decode())`;

/** Everything is done, it says. */
const applyOfNothing = `import io, tarfile
sent = r["bundle"]
data = base64.b64decode(sent["data"]) if "data" in sent else open(STATE + "/in/" + sent["file"], "rb").read()
items = json.load(tarfile.open(fileobj=io.BytesIO(data)).extractfile("index.json"))
results = [{"result": "done", "kept": None} for item in items]
return ok(base=None, snapshot=None, set=[], results=results, **{"del": []})`;

/** What the person has here before anything. */
const own = { 'mine.txt': 'mine', 'dir/own.txt': 'own', 'dir/other.txt': 'other' };

let worlds = 0;

/** A folder with a neighbour that must never change. */
class World {
  readonly base = join(box.base, `world-${++worlds}`);
  readonly root = join(this.base, 'synced');
  readonly outside = join(this.base, 'outside');
  readonly store = new MemoryManifestStore();
  onStep: (name: string) => void = () => {};
  #cycles = 0;
  readonly #side: LocalRoot;

  constructor() {
    for (const [path, text] of Object.entries(own)) {
      mkdirSync(join(this.root, path, '..'), { recursive: true });
      writeFileSync(join(this.root, path), text);
    }
    mkdirSync(this.outside);
    writeFileSync(join(this.outside, 'canary'), 'as it was');
    const run = runHere(localJobs, (name) => this.onStep(name));
    this.#side = new LocalRoot({ root: this.root, rootId: 'r1', dataFolder: join(this.base, 'data'), run });
  }

  /** As after a sync in which both sides agreed on all that is here. */
  async agree(): Promise<void> {
    const { identity } = await this.#side.open(never);
    const { entries } = await this.#side.scan({ checksum: false, exclusions }, never);
    const upserts = [...entries].map(([path, entry]) => ({ path, entry, direction: 'upload' as const }));
    this.store.setPending('r1', 0, 1);
    this.store.commit('r1', {
      syncedAt: 1,
      upserts,
      deletes: [],
      kept: [],
      epoch: 1,
      localIdentity: identity,
    });
  }

  /** Rows of all that is here, as an honest helper would tell them. */
  rows(): string[] {
    return [...lookAt(this.root)].map(([path, { word }]) => {
      if (word === 'folder') return folder(path);
      const text = readFileSync(join(this.root, path));
      return file(path, `${text.length}, 1700000000000, 0, "${sha256(text)}"`);
    });
  }

  /** A cycle with a helper that answers so. */
  async cycle(answers: Record<string, string>, windowsNames = false): Promise<CycleResult> {
    const honest = { apply: applyOfNothing, mark: 'return ok()' };
    const marker = `MARKER = {"rootId": "r1", "epoch": ${this.store.epoch}}\n`;
    const kit = Buffer.concat([Buffer.from(marker), lyingKit({ ...honest, ...answers })]);
    rmSync(join(box.home, '.specboard-sync'), { recursive: true, force: true });
    const remote = box.side({ kit, clock: hastyClock(), windowsNames });
    const cycles = new SyncCycles({
      ...{ rootId: 'r1', local: this.#side, remote, store: this.store, clock: hastyClock() },
      repeatPausesMs: [],
    });
    const result = await cycles.run(
      {
        ...{
          cycle: `c${++this.#cycles}`,
          localPath: this.root,
          mode: 'two-way',
          exclusions,
          checksum: false,
        },
        ...{ confirmed: true, answers: new Map(), approved: new Set<string>(), resolutions: new Map() },
      },
      never,
    );
    await cycles.close();
    await remote.close();
    return result;
  }

  /** The promise of this file; `came`: what may be new in the folder. */
  expectUnharmed(came: string[] = []): void {
    const around = [...lookAt(this.base).keys()].filter((path) => !/^(?:synced|data)\//.test(path)).sort();
    expect(around).toEqual(['data', 'outside', 'outside/canary', 'synced']);
    expect(readFileSync(join(this.outside, 'canary'), 'utf8')).toBe('as it was');
    for (const [path, text] of Object.entries(own))
      expect(readFileSync(join(this.root, path), 'utf8')).toBe(text);
    const paths = [...lookAt(this.root).keys()].filter((path) => !(path in own) && path !== 'dir').sort();
    expect(paths).toEqual(came.sort());
    expect(existsSync(join(box.base, 'escape'))).toBe(false);
    expect(existsSync('/tmp/specboard-escape')).toBe(false);
  }
}

const problems = ({ unusable }: CycleResult) =>
  unusable.map(({ path, reason }) => `${path}: ${reason}`).sort();

test('names that lead out, and links that do, are problems by name; what is good comes', async () => {
  const world = new World();
  const scan = scanOf(
    ...world.rows(),
    ...[
      file('good'),
      file('../escape'),
      file('dir/../../escape'),
      file('/tmp/specboard-escape'),
      file('nul\0'),
    ],
    ...[link('out', '../outside'), link('abs', '/tmp'), link('inner', 'dir'), file('inner/through')],
  );
  const result = await world.cycle({ scan, pack: packOf() });
  expect([result.outcome, result.problem]).toEqual(['done', null]);
  expect(problems(result)).toEqual(
    [
      ...['../escape', 'dir/../../escape', '/tmp/specboard-escape', 'nul\uFFFD', 'inner/through'].map(
        (path) => `${path}: hostile-name`,
      ),
      ...['out: link-leads-out', 'abs: link-leads-out'],
    ].sort(),
  );
  world.expectUnharmed(['good', 'inner']);
});

test('names of devices are problems where this computer cannot have them', async () => {
  const world = new World();
  const scan = scanOf(...world.rows(), file('CON'), file('aux.txt'), file('a:b'), file('dot.'));
  const result = await world.cycle({ scan, pack: packOf() }, true);
  expect(problems(result)).toEqual(
    ['CON', 'a:b', 'aux.txt', 'dot.'].map((path) => `${path}: name-not-possible`),
  );
  world.expectUnharmed();
});

const lyingPacks: Record<string, string> = {
  'other bytes than it said': packOf('[["0", b"no"]]'),
  'fewer bytes': packOf('[["0", b"h"]]'),
  'more bytes': packOf('[["0", b"hi there"]]'),
  'members with names of their own': packOf('[["../../escape", b"hi"], ["/tmp/specboard-escape", b"hi"]]'),
  'a list of other files': packOf('[["0", b"hi"]]', '[["../escape", r["files"][0][1], 2]]'),
  'a bomb': packOf('[["0", bytes(100 << 20)]]'),
  'what is no archive': 'return ok(data=base64.b64encode(b"no archive").decode())',
  nothing: packOf('[]', '[]'),
};

test.each(Object.keys(lyingPacks))('a pack of %s brings nothing', async (name) => {
  const world = new World();
  const result = await world.cycle({
    scan: scanOf(...world.rows(), file('new.txt')),
    pack: lyingPacks[name] ?? '',
  });
  const isSaid =
    result.problem?.code === 'protocol' ||
    result.postponed.includes('new.txt') ||
    problems(result).length > 0;
  expect(isSaid, JSON.stringify({ ...result, look: null, rules: null })).toBe(true);
  expect(world.store.entries.has('new.txt')).toBe(false);
  world.expectUnharmed();
});

test('a size that no disk has is asked about', async () => {
  const world = new World();
  const result = await world.cycle({
    scan: scanOf(...world.rows(), file('huge', `${2 ** 50}, 1, 0, "${'1'.repeat(64)}"`)),
  });
  expect([result.outcome, result.halt?.reason]).toEqual(['waiting', 'large-download']);
  world.expectUnharmed();
});

test('a link of before that becomes a folder is not written through; a folder of here that becomes a link neither', async () => {
  const world = new World();
  const before = world.rows();
  await world.cycle({ scan: scanOf(...before, link('inner', 'dir')), pack: packOf() });
  world.expectUnharmed(['inner']);
  await world.cycle({ scan: scanOf(...before, folder('inner'), file('inner/own.txt')), pack: packOf() });
  world.expectUnharmed(['inner', 'inner/own.txt']);

  // Somebody swaps it in after the folder was found, right before the file is put.
  let isSwapped = false;
  world.onStep = (name) => {
    if (isSwapped || name !== 'put inner/late.txt') return;
    isSwapped = true;
    renameSync(join(world.root, 'inner'), join(world.base, 'data', 'aside'));
    symlinkSync(world.outside, join(world.root, 'inner'));
  };
  const scan = scanOf(...before, folder('inner'), file('inner/own.txt'), file('inner/late.txt'));
  const result = await world.cycle({ scan, pack: packOf() });
  expect(isSwapped).toBe(true);
  expect(result.postponed).toContain('inner/late.txt');
  world.expectUnharmed(['inner']);
});

/** All that is in a folder: content, mode and target. */
const contentOf = (base: string) =>
  readdirSync(base, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const [file, stat] = [join(base, name), lstatSync(join(base, name))];
      const text = stat.isFile()
        ? readFileSync(file, 'utf8')
        : stat.isSymbolicLink()
          ? readlinkSync(file)
          : '';
      return [name, stat.mode, text];
    });

const deeds: Record<string, ApplyItem> = {
  'a new file': put('inner/late', 'new', null),
  'a file over another': put('inner/old', 'new', fileEntry('old')),
  'a file over a folder': put('inner/empty', 'new', folderEntry),
  'a link': { do: 'link', path: 'inner/link', entry: linkEntry('old'), over: null },
  'a link over a file': { do: 'link', path: 'inner/old', entry: linkEntry('tool'), over: fileEntry('old') },
  'a folder': { do: 'directory', path: 'inner/made', over: null },
  'a folder over a file': { do: 'directory', path: 'inner/old', over: fileEntry('old') },
  'a mode': { do: 'mode', path: 'inner/tool', executable: true, over: fileEntry('tool') },
  'a removal': { do: 'remove', path: 'inner/old', over: fileEntry('old') },
  "a folder's removal": { do: 'remove', path: 'inner/empty', over: folderEntry },
  'another name': { do: 'rename', path: 'inner/old', to: 'inner/OLD', over: fileEntry('old') },
};
const ways = process.platform === 'linux' ? [false, true] : [true];

test.each(Object.keys(deeds).flatMap((name) => ways.map((byPath) => [name, byPath] as const)))(
  '%s (by path: %s): its folder swapped for a link at any step, nothing is done elsewhere',
  async (name, byPath) => {
    const item = deeds[name] as ApplyItem;
    // Old files are linked and renamed over, fresh ones moved away first.
    for (const shift of [0, 60_000]) {
      const steps: string[] = [];
      for (let at = -1; at < steps.length; at += 1) {
        // Only what is open stays the same folder between two steps; elsewhere it is looked at before and after.
        if (byPath && at > 0) break;
        let isOn = false;
        let step = 0;
        const run = runHere(localJobs, (one) => {
          if (one === `${item.do} ${item.path}`) isOn = true;
          if (one === 'applied') isOn = false;
          if (!isOn) return;
          if (at < 0) steps.push(one);
          else if (step++ === at) {
            renameSync(world.path('inner'), aside);
            symlinkSync(outside, world.path('inner'));
          }
        });
        await using world = new LocalWorld({
          run: (job, input, options) =>
            run(job, job === 'localApply' ? { ...input, byPath } : input, options),
        });
        const [aside, outside] = [join(world.base, 'aside'), join(world.base, 'outside')];
        for (const place of ['inner', '../outside'])
          world.write({ [`${place}/old`]: 'old', [`${place}/tool`]: 'tool', [`${place}/empty`]: null });
        const before = contentOf(outside);
        world.clock.shift = shift;
        const [result] = await world.apply([item], ['new']);
        expect(result?.result, steps[at]).toBe(at < 0 ? 'done' : 'changed');
        expect(contentOf(outside), steps[at]).toEqual(before);
        // What was begun in the folder that was moved away is taken back.
        if (at >= 0) expect(contentOf(aside), steps[at]).toEqual(before);
      }
      expect(steps.length).toBeGreaterThan(0);
    }
  },
);

test.each([
  ['an empty folder', 'return scan([], marker=MARKER)', 'emptied'],
  ['that the folder is gone', 'return scan([], marker=MARKER, exists=False)', 'emptied'],
  ['that it never was synced', 'return scan([])', 'new-sandbox'],
  ['an older state', 'return scan([], marker={"rootId": "r1", "epoch": 0})', 'went-back'],
])('%s is asked about, and deletes nothing', async (_name, scan, reason) => {
  const world = new World();
  await world.agree();
  const result = await world.cycle({ scan });
  expect([result.outcome, result.halt?.reason]).toEqual(['waiting', reason]);
  world.expectUnharmed();
});

test('most of many files gone is asked about', async () => {
  const world = new World();
  const many = Array.from({ length: 80 }, (_, at) => `many-${at}`);
  for (const path of many) writeFileSync(join(world.root, path), path);
  await world.agree();
  const rows = world.rows().filter((row) => !row.includes('many-'));
  const result = await world.cycle({ scan: scanOf(...rows) });
  expect([result.outcome, result.halt?.reason]).toEqual(['waiting', 'mass-deletion']);
  world.expectUnharmed(many);
});

test('a helper that says it did everything and did nothing: what is then missing there is asked about', async () => {
  const world = new World();
  const first = await world.cycle({ scan: 'return scan([])' });
  expect(first.outcome).toBe('done');
  const later = await world.cycle({ scan: scanOf() });
  expect([later.outcome, later.halt?.reason]).toEqual(['waiting', 'emptied']);
  world.expectUnharmed();
});

test.each([
  ['without an end', 'while True: print("x" * 10000)', 'protocol'],
  [
    'that bursts',
    'print("SYNCKIT 1 " + base64.b64encode(zlib.compress(b" " * (100 << 20))).decode())',
    'protocol',
  ],
  ['of nothing', 'os._exit(0)', 'protocol'],
  ['of other words', 'return {"ok": True, "everything": "fine"}', 'protocol'],
])('an answer %s is an error that says what is kept', async (_name, scan, code) => {
  const world = new World();
  await world.agree();
  const { outcome, problem } = await world.cycle({ scan: `${scan}\nreturn None` });
  expect([outcome, problem?.code]).toEqual(['failed', code]);
  expect(problem?.message).not.toBe('');
  expect(problem?.kept).toBeTruthy();
  world.expectUnharmed();
});

test('what would run by itself waits for the person', async () => {
  const world = new World();
  const scan = scanOf(
    ...world.rows(),
    folder('.vscode'),
    file('.vscode/tasks.json'),
    file('.envrc'),
    file('fine'),
  );
  const result = await world.cycle({ scan, pack: packOf() });
  expect(result.outcome).toBe('done');
  expect(result.conflicts?.map(({ path, kind }) => `${path}: ${kind}`)).toContain(
    '.vscode/tasks.json: runs-by-itself',
  );
  expect(existsSync(join(world.root, '.vscode/tasks.json'))).toBe(false);
  world.expectUnharmed([
    'fine',
    ...[...lookAt(world.root).keys()].filter((path) => path === '.vscode' || path === '.envrc'),
  ]);
});
