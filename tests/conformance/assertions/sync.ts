/** A folder here and one in the sandbox are kept the same, through the driver's commands and files alone. */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { until } from '../../support/runner.ts';
import { hidingPython } from '../hiding-python.ts';
import { bytesOf, type ConformanceKit, never } from '../kit.ts';
import { SyncBed } from '../sync-bed.ts';
import type { Assertion } from '../target.ts';

const needs = ['files', 'shell'] as const;
const MB = 1024 * 1024;

/** Bytes that a delta of 2 MB may cost: a quarter more than was measured. */
const deltaUp = 10_500;
const deltaDown = 15_000;

/** Makes a bed whose folder in the sandbox nobody else uses. */
function bed(kit: ConformanceKit, name: string): Promise<SyncBed> {
  return SyncBed.make(kit, { root: `synced/${name}` });
}

export const syncAssertions: readonly Assertion[] = [
  {
    name: 'A first sync brings two folders together, also into one that is not there yet: odd names, links, the executable bit, times, empty folders; where nothing changed the next one is one request',
    needs,
    async run(kit) {
      await using pair = await bed(kit, `it's "the first"`);
      const odd = ['a b', `it's "q"`, 'new\nline', '-rf', '$HOME', '*', 'nfc-\u00e9', '😀', 'n'.repeat(255)];
      for (const name of odd) pair.write(`odd/${name}`, name);
      pair.write('back\\slash', 'x');
      pair.write('tool', '#!/bin/sh\n', 0o755);
      pair.write('empty', '');
      mkdirSync(join(pair.local, 'empty folder/in it'), { recursive: true });
      symlinkSync('../tool', join(pair.local, 'odd/link'));
      symlinkSync('nowhere', join(pair.local, 'dangling'));
      pair.write('.gitignore', '*.log\n');
      pair.write('left.log', 'stays here');
      for (let n = 0; n < 100; n += 1) pair.write(`many/${n % 7}/${n}`, `content ${n}\n`.repeat(n));
      const { summary } = await pair.sync();
      expect(summary.requests).toBeLessThan(10);
      expect(await pair.there('print(os.path.exists("left.log"))')).toBe('False\n');
      rmSync(join(pair.local, 'left.log'));
      await pair.expectSame();

      await pair.there(`os.makedirs("out/empty")
for n in range(50):
    with open(f"out/{n}", "w") as f: f.write(f"from there {n}")
for name in [" 1", "ü\\n2", "'3'"]:
    with open(name, "w") as f: f.write(name)
with open("runs", "w") as f: f.write("#!/bin/sh")
os.utime("runs", (1e9, 1e9))
os.symlink("out/1", "way")
os.mkdir("out/dir")
os.symlink("../1", "out/dir/up")
with open("noise.log", "w") as f: f.write("stays there")`);
      const back = await pair.sync();
      expect(back.summary.downloaded).toBe(56);
      expect(existsSync(join(pair.local, 'noise.log'))).toBe(false);
      await pair.there('os.remove("noise.log")');
      const all = await pair.expectSame();
      expect(all['runs']).toContain(' - 1000000000');
      const quiet = await pair.sync();
      expect([quiet.summary.requests, quiet.didSomething]).toEqual([1, false]);
      await pair.restart();
      expect((await pair.sync()).didSomething).toBe(false);
    },
  },
  {
    name: 'What is edited on both sides crosses over; a file that was edited on both waits for the person, and is then as the person says',
    needs,
    async run(kit) {
      await using pair = await bed(kit, 'edits');
      for (const name of ['here', 'there', 'both', 'gone', 'turns', 'mode']) pair.write(name, `${name} 1`);
      pair.write('folder/deep/in', 'x');
      await pair.sync();
      pair.write('here', 'here 2');
      pair.write('both', 'both here');
      chmodSync(join(pair.local, 'mode'), 0o755);
      rmSync(join(pair.local, 'folder'), { recursive: true });
      pair.write('folder', 'a file now');
      await pair.there(`with open("there", "w") as f: f.write("there 2")
with open("both", "w") as f: f.write("both there")
os.remove("gone"); os.remove("turns"); os.mkdir("turns")
with open("turns/in", "w") as f: f.write("y")`);
      const { conflicts } = await pair.sync();
      expect(conflicts?.map(({ path, kind }) => `${path}: ${kind}`)).toEqual(['both: both-changed']);
      const text = (path: string) => readFileSync(join(pair.local, path), 'utf8');
      expect([text('there'), text('both'), text('turns/in')]).toEqual(['there 2', 'both here', 'y']);
      expect(existsSync(join(pair.local, 'gone'))).toBe(false);
      const theirs =
        'print(open("both").read(), open("here").read(), open("folder").read(), os.access("mode", os.X_OK))';
      expect(await pair.there(theirs)).toBe('both there here 2 a file now True\n');
      const [conflict] = conflicts ?? [];
      if (!conflict) throw new Error('no conflict');
      const { local, remote } = conflict;
      const resolutions = new Map([
        ['both', { choice: 'both', local, remote, bothName: 'both (sandbox)' } as const],
      ]);
      expect((await pair.sync({ resolutions })).conflicts).toEqual([]);
      expect([text('both'), text('both (sandbox)')]).toEqual(['both here', 'both there']);
      await pair.expectSame();
    },
  },
  {
    name: 'A few bytes changed in two megabytes travel as a few kilobytes, both ways, and a renamed megabyte as a name',
    needs,
    async run(kit) {
      await using pair = await bed(kit, 'deltas');
      const bytes = randomBytes(2 * MB);
      pair.write('large.bin', bytes);
      pair.write('moved.bin', randomBytes(MB));
      await pair.sync();
      await pair.settled();
      bytes.write('changed', MB);
      pair.write('large.bin', bytes);
      const up = await pair.sync();
      expect(up.summary.uploaded).toBe(1);
      expect(up.summary.bytesUp).toBeLessThan(deltaUp);
      expect(up.summary.bytesDown).toBeLessThan(2_000);
      expect(up.summary.requests).toBe(2);
      await pair.expectSame();
      await pair.there(
        'with open("large.bin", "rb+") as f: rest = f.read(); f.seek(0); f.write(b"new at the start" + rest)',
      );
      const down = await pair.sync();
      expect(down.summary.downloaded).toBe(1);
      expect(down.summary.bytesDown).toBeLessThan(deltaDown);
      await pair.expectSame();
      renameSync(join(pair.local, 'moved.bin'), join(pair.local, 'new name.bin'));
      const moved = await pair.sync();
      expect(moved.summary.bytesUp + moved.summary.bytesDown).toBeLessThan(5_000);
      await pair.there('os.mkdir("sub"); os.rename("new name.bin", "sub/back.bin")');
      const back = await pair.sync();
      expect(back.summary.bytesUp + back.summary.bytesDown).toBeLessThan(5_000);
      await pair.expectSame();
    },
  },
  {
    name: 'What is deleted or replaced is kept on its side, and can be brought back',
    needs,
    async run(kit) {
      await using pair = await bed(kit, 'kept');
      const there = randomBytes(300_000);
      pair.write('deleted here', there);
      pair.write('deleted there', 'a small one');
      pair.write('replaced', 'first');
      pair.write('stays', 'x');
      await pair.sync();
      rmSync(join(pair.local, 'deleted here'));
      pair.write('replaced', 'second');
      await pair.there('os.remove("deleted there")');
      await pair.sync();
      await pair.expectSame();
      const kept = new Map(pair.store.kept.map((copy) => [copy.path, copy]));
      const where = [...kept.values()].map((copy) => `${copy.path}: ${copy.where}`).sort();
      expect(where).toEqual(['deleted here: remote', 'deleted there: local', 'replaced: remote']);
      const name = (path: string) => kept.get(path)?.name ?? '';
      const copy = await bytesOf(await pair.remote.readKept(name('deleted here'), never));
      expect(Buffer.compare(copy, there)).toBe(0);
      const first = await bytesOf(await pair.remote.readKept(name('replaced'), never));
      expect(first.toString()).toBe('first');
      const local = readFileSync(await pair.side.readKept(name('deleted there')), 'utf8');
      expect(local).toBe('a small one');
      pair.write('deleted here', copy);
      pair.write('deleted there', local);
      await pair.sync();
      expect(Object.keys(await pair.expectSame()).sort()).toEqual([
        'deleted here',
        'deleted there',
        'replaced',
        'stays',
      ]);
    },
  },
  {
    name: 'A large file whose transfer breaks off goes on where it was, and no half of it is seen',
    needs,
    async run(kit) {
      await using pair = await bed(kit, 'parts');
      pair.write('large.bin', randomBytes(33 * MB));
      let begun = 0;
      pair.onRequest = async (what) => {
        if (what !== 'put' || ++begun < 4) return;
        // At least one part, also where the helper had to be put first, and was refused in one place.
        await until('parts are there', () => pair.puts > 1);
        throw new SpecboardError('gone', 'The sandbox is gone.');
      };
      const broken = await pair.run();
      expect([broken.outcome, broken.problem?.code]).toEqual(['failed', 'gone']);
      expect(await pair.there('print(os.path.exists("large.bin"))')).toBe('False\n');
      await pair.restart();
      const resumed = await pair.sync();
      expect(resumed.summary.bytesUp).toBeLessThan(26 * MB);
      await pair.expectSame();
    },
  },
  {
    name: 'A sync whose connection breaks in the middle goes on by itself when it is back, and does nothing twice',
    needs: [...needs, 'linked'],
    async run(kit) {
      await using pair = await bed(kit, 'cut');
      pair.write('base', 'x');
      await pair.sync();
      for (let n = 0; n < 30; n += 1) pair.write(`up/${n}`, randomBytes(200_000));
      await pair.there(
        'for n in range(30):\n    with open(f"down{n}", "wb") as f: f.write(os.urandom(200_000))',
      );
      // After the look, before the first transfers.
      pair.onRequest = async (_what, n) => {
        if (n !== 3) return;
        const link = await kit.target.cut?.('break');
        if (!link) throw new Error('cut is missing');
        void link.tried.then(() => link.restore());
      };
      const result = await pair.sync();
      expect([result.summary.uploaded, result.summary.downloaded]).toEqual([30, 30]);
      await pair.expectSame();
    },
  },
  {
    name: 'A sync that is cancelled in the middle ends within a second, and both sides are whole',
    needs,
    async run(kit) {
      await using pair = await bed(kit, 'cancelled');
      pair.write('base', 'x');
      await pair.sync();
      for (let n = 0; n < 8; n += 1) pair.write(`up/${n}`, randomBytes(MB));
      await pair.there(
        'for n in range(8):\n    with open(f"down{n}", "wb") as f: f.write(os.urandom(1 << 20))',
      );
      const controller = new AbortController();
      let at = Number.NaN;
      pair.onRequest = (_what, n) => {
        if (n !== 4) return;
        at = performance.now();
        // Once it is really under way.
        setImmediate(() => controller.abort(new SpecboardError('cancelled', 'Cancelled.')));
      };
      const { outcome } = await pair.run({}, controller.signal);
      expect(outcome).toBe('cancelled');
      expect(performance.now() - at).toBeLessThan(1000);
      pair.onRequest = () => {};
      // Whatever is there is whole: half a file would be an edit that travels.
      const { conflicts } = await pair.sync();
      expect(conflicts).toEqual([]);
      const all = await pair.expectSame();
      expect(Object.keys(all)).toHaveLength(18);
      const sizes =
        'print({os.path.getsize(os.path.join(at, f)) for at, _, files in os.walk(".") for f in files if ".specboard" not in at and f != "base"})';
      expect(await pair.there(sizes)).toBe('{1048576}\n');
    },
  },
  {
    name: 'A change in the sandbox is heard without asking for everything',
    needs,
    async run(kit) {
      await using pair = await bed(kit, 'heard');
      pair.write('a', '1');
      await pair.sync();
      const heard = pair.remote.wait(never);
      await kit.shell('echo more >> synced/heard/a; echo new > synced/heard/b');
      await heard;
      expect((await pair.sync()).summary.downloaded).toBe(2);
      expect(readFileSync(join(pair.local, 'a'), 'utf8')).toBe('1more\n');
      if (kit.driver.manifest.capabilities.watch) {
        const told = new Set<string>();
        const listener = { onChange: (path: string) => void told.add(path), onEnd: () => {} };
        const watching = await kit.driver.watch?.(await kit.session(), 'synced/heard', listener, never);
        await kit.shell('echo more >> synced/heard/b');
        await until('the vendor tells it', () => told.has('b'));
        watching?.dispose();
        expect((await pair.sync()).summary.downloaded).toBe(1);
      }
      // Nobody is disturbed by what the sync did itself.
      const stop = new AbortController();
      const quiet = pair.remote.wait(stop.signal).then(
        () => 'heard',
        () => 'nothing',
      );
      expect((await pair.sync()).didSomething).toBe(false);
      stop.abort();
      expect(await quiet).toBe('nothing');
    },
  },
  {
    name: 'The folder in the sandbox may be named from the working folder, from the home folder or from the root, and what is made there is the user’s own',
    needs,
    async run(kit) {
      const here = (
        await kit.shell('pwd; mkdir -p "$HOME/synced at home" && printf 1 > "$HOME/synced at home/there"')
      ).stdout.trim();
      for (const root of ['synced-plain', `${here}/synced full/deep`, '~/synced at home']) {
        await using pair = await SyncBed.make(kit, { root });
        pair.write('sub/a', 'x');
        pair.write('large', randomBytes(300_000));
        await pair.sync();
        const place = root.startsWith('~') ? `"$HOME${root.slice(1)}"` : `"${root}"`;
        const look = `cd ${place} && cat sub/a && wc -c < large && for f in sub sub/a large; do [ -O $f ] && echo mine; done`;
        expect((await kit.shell(look)).stdout.replace(/ /g, '')).toBe('x300000\nmine\nmine\nmine\n');
        if (root.startsWith('~')) expect(readFileSync(join(pair.local, 'there'), 'utf8')).toBe('1');
        expect((await pair.sync()).summary.requests).toBe(1);
        // The home folder may be the person's own.
        await pair.remote.forget(never);
        const left = await kit.shell(`cd ${place} && ls -A | grep specboard; cd / && rm -r ${place}`);
        expect(left.stdout).toBe('');
      }
    },
  },
  {
    name: 'Where the sandbox has no Python, whole files are synced by its shell, and that is said',
    needs,
    async run(kit) {
      const session = await kit.connect({ python: false });
      await using pair = await SyncBed.make(kit, {
        root: 'no python',
        session,
        port: await hidingPython(kit, session),
      });
      pair.write(`it's/"odd"`, 'x');
      pair.write('tool', '#!/bin/sh\n', 0o755);
      pair.write('large', randomBytes(300_000));
      mkdirSync(join(pair.local, 'empty'));
      symlinkSync('tool', join(pair.local, 'link'));
      const first = await pair.sync();
      expect(first.remoteFacts?.method).toBe('shell');
      expect(first.remoteFacts?.note).toMatch(/Python/);
      const shell = async (code: string) =>
        (await kit.shell(`cd 'no python' && ${code}`, { session })).stdout;
      expect(await shell(`cat "it's/"'"odd"' && ./tool && readlink link && [ -d empty ] && echo whole`)).toBe(
        'xtool\nwhole\n',
      );
      await shell('printf changed > large; rm tool link; mkdir -p new && printf 2 > new/file');
      pair.write(`it's/"odd"`, 'y');
      await pair.sync();
      expect(readFileSync(join(pair.local, 'large'), 'utf8')).toBe('changed');
      expect(readFileSync(join(pair.local, 'new/file'), 'utf8')).toBe('2');
      expect(existsSync(join(pair.local, 'tool'))).toBe(false);
      expect(await shell(`cat "it's/"'"odd"'`)).toBe('y');
      expect((await pair.sync()).didSomething).toBe(false);
      await kit.end(session);
    },
  },
];
