/** Files of a Local session: never outside of the working folder, whatever code in it does at the same time. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { localFiles } from '../../src-main/drivers/local/local-files.ts';
import type { LocalSession } from '../../src-main/drivers/local/local-session.ts';
import { until } from '../support/runner.ts';
import { type LocalKit, never, plain, problemOf, startLocalKit } from './local-support.ts';

const here = process.platform !== 'win32';

let kit: LocalKit;
let session: LocalSession;
let workspace: string;
let outside: string;
beforeAll(async () => {
  kit = startLocalKit({ isolation: plain });
  session = await kit.connect({}, { consent: true });
  workspace = session.folders.workspace;
});
afterAll(() => kit.stop());
beforeEach(async () => {
  for (const { path } of await localFiles.list(session, '.', never))
    await localFiles.remove(session, path, never);
  outside = join(kit.dataFolder, `outside-${Math.random().toString(36).slice(2)}`);
  mkdirSync(outside);
  writeFileSync(join(outside, 'secret.txt'), 'outside');
  writeFileSync(join(outside, 'only-outside.txt'), 'outside');
  mkdirSync(join(outside, 'sub'));
  for (let n = 0; n < 50; n += 1) writeFileSync(join(outside, 'sub', `${n}.txt`), '');
});

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

async function read(path: string): Promise<string> {
  let text = '';
  for await (const chunk of await localFiles.read(session, path, never))
    text += Buffer.from(chunk).toString();
  return text;
}

describe.runIf(here)('a way out', () => {
  const calls: [string, (path: string) => Promise<unknown>][] = [
    ['list', (path) => localFiles.list(session, path, never)],
    ['stat', (path) => localFiles.stat(session, path, never)],
    ['read', (path) => read(path)],
    ['write', (path) => localFiles.write(session, path, bytes('x'), never)],
    ['remove', (path) => localFiles.remove(session, path, never)],
    ['move from', (path) => localFiles.move(session, path, 'here', never)],
    ['move to', (path) => localFiles.move(session, 'a.txt', path, never)],
    ['makeDir', (path) => localFiles.makeDir(session, path, never)],
  ];
  test.each(calls)('%s refuses it', async (_name, call) => {
    writeFileSync(join(workspace, 'a.txt'), 'a');
    symlinkSync(outside, join(workspace, 'link'));
    symlinkSync('../../..', join(workspace, 'up'));
    const paths = [
      '..',
      '../x',
      'a/../../x',
      join(outside, 'secret.txt'),
      '/etc/passwd',
      '/workspace/../x',
      'link/secret.txt',
      'up/x/y',
    ];
    for (const path of paths) expect((await problemOf(call(path))).code, path).toBe('forbidden');
    expect((await problemOf(call('a\0b'))).code).toBe('invalid');
    expect(readdirSync(outside).sort()).toEqual(['only-outside.txt', 'secret.txt', 'sub']);
    expect(readdirSync(workspace).sort()).toEqual(['a.txt', 'link', 'up']);
  });

  test('a link that leads out is shown as a link, and removing it removes the link', async () => {
    symlinkSync(outside, join(workspace, 'link'));
    expect(await localFiles.stat(session, 'link', never)).toMatchObject({
      type: 'link',
      linkTarget: outside,
    });
    await localFiles.remove(session, 'link', never);
    expect(existsSync(join(outside, 'secret.txt'))).toBe(true);
    mkdirSync(join(workspace, 'folder'));
    symlinkSync(outside, join(workspace, 'folder', 'link'));
    await localFiles.remove(session, 'folder', never);
    expect(readFileSync(join(outside, 'secret.txt'), 'utf8')).toBe('outside');
  });

  test('the working folder itself cannot be removed or moved', async () => {
    for (const path of ['.', '', '/workspace', workspace, 'x/..']) {
      mkdirSync(join(workspace, 'x'), { recursive: true });
      expect((await problemOf(localFiles.remove(session, path, never))).code, path).toBe('forbidden');
      expect((await problemOf(localFiles.move(session, path, 'elsewhere', never))).code, path).toBe(
        'forbidden',
      );
    }
    expect(existsSync(workspace)).toBe(true);
  });
});

describe.runIf(here)('links that stay inside', () => {
  test('are followed, also where they are absolute in the sandbox’s own words', async () => {
    mkdirSync(join(workspace, 'real/deep'), { recursive: true });
    writeFileSync(join(workspace, 'real/file.txt'), 'found');
    symlinkSync('real', join(workspace, 'relative'));
    symlinkSync('/workspace/real', join(workspace, 'absolute'));
    symlinkSync('../file.txt', join(workspace, 'real/deep/up'));
    for (const path of [
      'relative/file.txt',
      'absolute/file.txt',
      'absolute/deep/up',
      './real//deep/../file.txt',
      '/workspace/real/file.txt',
    ]) {
      expect(await read(path), path).toBe('found');
    }
    await localFiles.write(session, 'absolute/deep/up', bytes('changed'), never);
    expect(readFileSync(join(workspace, 'real/file.txt'), 'utf8')).toBe('changed');
    symlinkSync('round', join(workspace, 'round'));
    expect((await problemOf(read('round'))).code).toBe('forbidden');
  });
});

describe.runIf(here)('what is not an ordinary file', () => {
  test('is refused without waiting for it', async () => {
    execFileSync('mkfifo', [join(workspace, 'pipe')]);
    expect((await problemOf(read('pipe'))).code).toBe('unsupported');
    expect((await localFiles.stat(session, 'pipe', never)).type).toBe('other');
  });

  test('a name that is no text is listed', async () => {
    execFileSync('python3', [
      '-c',
      'import os,sys\nopen(os.path.join(sys.argv[1].encode(), b"odd\\xff"), "w")',
      workspace,
    ]);
    expect(await localFiles.list(session, '.', never)).toMatchObject([{ name: 'odd\uFFFD', type: 'other' }]);
    execFileSync('sh', ['-c', 'rm -f odd*'], { cwd: workspace });
  });
});

describe.runIf(here)('writing and moving', () => {
  test('a script stays executable, its link stays a link', async () => {
    writeFileSync(join(workspace, 'run.sh'), 'old', { mode: 0o750 });
    expect((await localFiles.write(session, 'run.sh', bytes('new'), never)).mode).toBe(0o750);
    expect(readFileSync(join(workspace, 'run.sh'), 'utf8')).toBe('new');
  });

  test('nothing is overwritten by a move', async () => {
    writeFileSync(join(workspace, 'a'), 'a');
    writeFileSync(join(workspace, 'b'), 'b');
    const problem = await problemOf(localFiles.move(session, 'a', 'b', never));
    expect(problem.code).toBe('conflict');
    expect(readFileSync(join(workspace, 'b'), 'utf8')).toBe('b');
    expect((await problemOf(localFiles.move(session, 'missing', 'c', never))).problem.message).toBe(
      'There is no missing.',
    );
  });

  test('a source that never goes on can be cancelled', async () => {
    const controller = new AbortController();
    const stuck = async function* () {
      yield Buffer.from('x');
      controller.abort();
      await new Promise(() => {});
    };
    expect((await problemOf(localFiles.write(session, 'stuck', stuck(), controller.signal))).code).toBe(
      'cancelled',
    );
    expect(readdirSync(workspace)).toEqual([]);
  });

  test('a reader that leaves early leaves nothing open', async () => {
    writeFileSync(join(workspace, 'big'), Buffer.alloc(2_000_000));
    const open = () => readdirSync('/proc/self/fd').length;
    if (process.platform !== 'linux') return;
    const before = open();
    for (let n = 0; n < 20; n += 1) {
      for await (const _chunk of await localFiles.read(session, 'big', never)) break;
      await localFiles.read(session, 'big', never); // never begun
      await problemOf(read('big/x'));
      await localFiles.list(session, '.', never);
    }
    expect(open()).toBe(before);
  });
});

describe.runIf(process.platform === 'linux')('a folder that is swapped for a link all the time', () => {
  /** Swaps "trap", a folder, for a link that leads outside and back, as fast as it can, while `work` is done again and again. */
  async function whileSwapping(work: () => Promise<void>, isEnough: () => boolean): Promise<void> {
    const code = `import os, shutil
def again(what, *names):
    try: what(*names)
    except OSError: pass
print("on", flush=True)
while True:
    if os.path.islink("trap"): again(os.unlink, "trap")
    elif os.path.lexists("trap"): shutil.rmtree("trap", True) # made by a write in between
    if not os.path.lexists("real"):
        again(os.makedirs, "real/sub")
        try:
            for n in range(50): open("real/sub/%d.txt" % n, "w").close()
            open("real/secret.txt", "w").write("mine")
        except OSError: pass
    if not os.path.lexists("link"): again(os.symlink, ${JSON.stringify(outside)}, "link")
    again(os.rename, "real", "trap"); again(os.rename, "trap", "real")
    again(os.rename, "link", "trap"); again(os.rename, "trap", "link")`;
    const controller = new AbortController();
    const running = kit.run(session, code, { signal: controller.signal });
    await until('the trap is set', () => existsSync(join(workspace, 'link')));
    const [least, most] = [performance.now() + 1500, performance.now() + 30_000];
    while (performance.now() < least || (!isEnough() && performance.now() < most)) await work();
    controller.abort();
    expect((await running).result.state).toBe('cancelled');
  }

  test('nothing outside is read or written', async () => {
    const seen = new Set<string>();
    // The folder was met as it is, and as something else.
    const isEnough = () =>
      seen.has('mine') && ['forbidden', 'conflict', 'not-found'].some((code) => seen.has(code));
    await whileSwapping(async () => {
      seen.add(await read('trap/secret.txt').catch((error) => error.code));
      await localFiles.write(session, 'trap/planted.txt', bytes('x'), never).catch(() => {});
      await localFiles.makeDir(session, 'trap/made', never).catch(() => {});
      for (const { name } of await localFiles.list(session, 'trap', never).catch(() => [])) seen.add(name);
    }, isEnough);
    expect(isEnough()).toBe(true);
    expect(seen).not.toContain('outside');
    expect(seen).not.toContain('only-outside.txt');
    expect(readdirSync(outside).sort()).toEqual(['only-outside.txt', 'secret.txt', 'sub']);
  });

  test('nothing outside is removed', async () => {
    let removed = 0;
    await whileSwapping(
      async () => {
        const done = await localFiles.remove(session, 'trap', never).catch(() => 'refused');
        if (done === undefined) removed += 1;
      },
      () => removed > 0,
    );
    expect(removed).toBeGreaterThan(0);
    expect(readdirSync(outside).sort()).toEqual(['only-outside.txt', 'secret.txt', 'sub']);
    expect(readdirSync(join(outside, 'sub'))).toHaveLength(50);
  });
});
