/**
 * The histories can fail: an engine, a side or a helper into which a mistake is built is found out by them within some dozens of
 * histories, and by what is wrong with it. The same seeds each time: those first that are known to notice it.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { ApplyItem } from '../../src-main/sync/types.ts';
import { ForkServer } from '../support/sync/fork-port.ts';
import { type HistoryOptions, historiesFolder, randomHistory } from '../support/sync/random-history.ts';
import type { HistoryParts } from '../support/sync/real-history.ts';
import { kitFile } from '../support/synckit.ts';

const base = historiesFolder();
const plain = new ForkServer();
const servers = [plain];
afterAll(() => {
  for (const server of servers) server[Symbol.dispose]();
  rmSync(base, { recursive: true, force: true });
});

/** The helper with other lines; each must be there as often as `times` says. */
function brokenHelper(name: string, changes: readonly [from: string, to: string][]): ForkServer {
  let text = readFileSync(kitFile, 'utf8');
  for (const [from, to] of changes) {
    if (!text.includes(from)) throw new Error(`synckit.py has no such line: ${from}`);
    text = text.replaceAll(from, to);
  }
  mkdirSync(base, { recursive: true });
  const file = join(base, `${name}.py`);
  writeFileSync(file, text);
  const server = new ForkServer(file);
  servers.push(server);
  return server;
}

/** The same with other methods. */
function withMethods<T extends object>(target: T, methods: Partial<T>): T {
  return new Proxy(target, {
    get(_, name) {
      const other = methods[name as keyof T];
      if (other !== undefined) return other;
      const value = target[name as keyof T];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

interface Mistake {
  /** Of histories that notice it; others are tried only where none of them does any more. */
  readonly seeds: readonly number[];
  /** What the histories say of it; the first words of an `expect`. */
  readonly found: RegExp;
  readonly options: () => Partial<HistoryOptions>;
}

const mistakes: Record<string, Mistake> = {
  'kept copies are thrown away after a sync': {
    seeds: [1, 2, 6, 7],
    found: /AssertionError: lost/,
    options: () => ({
      afterSync: ({ data, remoteState }) => {
        for (const state of remoteState) rmSync(join(state, 'kept'), { recursive: true, force: true });
        rmSync(join(data, 'sync'), { recursive: true, force: true });
      },
    }),
  },
  'the manifest is ahead of the files': {
    seeds: [7, 9, 11, 16],
    found: /AssertionError: put aside/,
    options: () => ({ alter: commitsFirst }),
  },
  'an apply here says that it is done, and did nothing': {
    seeds: [2, 3, 6, 9],
    found: /AssertionError: (put aside|apart)/,
    options: () => ({
      alter: ({ local, ...more }) => ({
        ...more,
        local: withMethods(local, {
          apply: async (_cycle, items) => items.map(() => ({ result: 'done', kept: null })),
        }),
      }),
    }),
  },
  'what is left out here travels': {
    seeds: [5, 6, 9, 10],
    found: /AssertionError: touched/,
    options: () => ({
      alter: ({ local, ...more }) => ({
        ...more,
        local: withMethods(local, {
          scan: (options, signal) =>
            local.scan({ ...options, exclusions: { ...options.exclusions, gitignore: false } }, signal),
        }),
      }),
    }),
  },
  'a scan of the sandbox that breaks off is taken for whole': {
    seeds: [1, 2, 3, 4],
    found: /AssertionError: (apart|put aside|lost)/,
    options: () => ({
      alter: ({ remote, ...more }) => ({
        ...more,
        remote: withMethods(remote, {
          async scan(options, signal) {
            const scan = await remote.scan(options, signal);
            const half = [...scan.entries].slice(0, Math.ceil(scan.entries.size / 2));
            return { ...scan, entries: new Map(half) };
          },
        }),
      }),
    }),
  },
  'the helper does not look at what it replaces': {
    seeds: [103, 125, 139],
    found: /AssertionError: (put aside|lost)/,
    options: () => ({
      names: ['a', 'b'],
      server: brokenHelper('over', [
        ['if not self.matches(over, folder, name, path, found):', 'if False:'],
        ['if self.is_same(found, over, slot):', 'if True:'],
      ]),
    }),
  },
  'the helper keeps nothing': {
    seeds: [1, 6, 7, 15],
    found: /AssertionError: lost/,
    options: () => ({
      server: brokenHelper('kept', [
        [
          'return {"result": "done", "kept": self.cycle + "/" + slot}',
          'remove_name(self.kept_fd, slot); return DONE',
        ],
      ]),
    }),
  },
  'the helper writes into the file itself': {
    seeds: [1, 6, 7, 13],
    found: /AssertionError: (made by nobody|lost)/,
    options: () => ({
      server: brokenHelper('place', [
        [
          '    def take(self, staged, folder, name, path, found, over):\n',
          '    def take(self, staged, folder, name, path, found, over):\n' +
            '        if found is not None and stat.S_ISREG(found.st_mode):\n' +
            '            fd = os.open(name, os.O_WRONLY | os.O_TRUNC, dir_fd=folder)\n' +
            '            hook()\n' +
            '            os.write(fd, b"half")\n' +
            '            hook()\n' +
            '            os.close(fd)\n',
        ],
      ]),
    }),
  },
};

/** Stores what is about to be done before it is done, and what comes of it. */
function commitsFirst({ local, remote, store }: HistoryParts): HistoryParts {
  const commit = (items: readonly ApplyItem[], direction: 'upload' | 'download') =>
    store.commit('', {
      syncedAt: 1,
      upserts: items.flatMap((item) =>
        item.do === 'put' ? [{ path: item.path, entry: item.entry, direction }] : [],
      ),
      ...{ deletes: [], kept: [] },
    });
  return {
    store,
    local: withMethods(local, {
      async apply(cycle, items, signal) {
        commit(items, 'download');
        return local.apply(cycle, items, signal);
      },
    }),
    remote: withMethods(remote, {
      async apply(cycle, epoch, bundle, ...more) {
        commit(bundle.items, 'upload');
        return remote.apply(cycle, epoch, bundle, ...more);
      },
    }),
  };
}

const others = Array.from({ length: 40 }, (_, at) => at + 1);

test.each(Object.entries(mistakes))('%s', async (name, { seeds, found, options }) => {
  const more = options();
  for (const seed of new Set([...seeds, ...others])) {
    const told = await randomHistory(seed, { base, server: plain, ...more }).then(
      () => null,
      (error: Error) => error.message,
    );
    // A mistake shows itself in several ways: the one that it is about must be among them.
    if (told === null || !found.test(told)) continue;
    if (process.env.SPECBOARD_TOLD) console.log(`${name}: ${seed}`);
    return;
  }
  expect.fail(`${seeds.length} histories that knew it, and ${others.length} others, did not notice: ${name}`);
});
