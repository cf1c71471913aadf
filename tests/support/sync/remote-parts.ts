/** What tests of the sandbox's side share: a folder with a home that plays the sandbox, bundles, entries, and links that fail. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type BundleItem, bundleIndexName } from '../../../src-main/sync/bundle/bundle-item.ts';
import { endOfTar, padding, tarHeader } from '../../../src-main/sync/bundle/tar-format.ts';
import { createRemoteSide, type RemoteSideOptions } from '../../../src-main/sync/remote/remote-side.ts';
import type { SandboxPort } from '../../../src-main/sync/remote/sandbox-port.ts';
import type { PackedBundle, RemoteSide } from '../../../src-main/sync/sides.ts';
import type { ApplyItem, Entry } from '../../../src-main/sync/types.ts';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { Clock } from '../../../src-shared/lib/clock.ts';
import { toDisposable } from '../../../src-shared/lib/disposable.ts';
import { python } from '../runner.ts';
import { processPort } from './process-port.ts';

/** A signal that never aborts. */
export const never: AbortSignal = new AbortController().signal;
/** No rules. */
export const noRules = { checksum: false, rules: { texts: [] } } as const;
/** The helper. */
export const kit: Buffer = readFileSync(join(import.meta.dirname, '../../../resources/synckit.py'));

/** SHA-256 in hex. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** A file's entry. */
export function fileEntry(data: string | Uint8Array, more: Partial<Entry> = {}): Entry {
  const size = Buffer.byteLength(data);
  return {
    kind: 'file',
    size,
    modifiedAt: 1_700_000_000_000,
    executable: false,
    hash: sha256(data),
    target: null,
    ...more,
  };
}

/** A folder's entry. */
export const folderEntry: Entry = {
  kind: 'directory',
  size: 0,
  modifiedAt: 0,
  executable: false,
  hash: '',
  target: null,
};

/** A link's entry. */
export function linkEntry(target: string): Entry {
  return { ...folderEntry, kind: 'link', hash: sha256(target), target };
}

/** A put of whole content. */
export function put(
  path: string,
  data: string | Uint8Array,
  over: Entry | null = null,
  more: Partial<Entry> = {},
): { item: BundleItem; data: Uint8Array } {
  return {
    item: { do: 'put', path, entry: fileEntry(data, more), over, source: { from: 'data' } },
    data: Buffer.from(data),
  };
}

/** The sandbox: `home` is also where commands start; the synced folder is `root`. */
export class FolderSandbox {
  readonly base: string;
  readonly home: string;
  readonly root: string;
  #bundles = 0;

  constructor() {
    this.base = realpathSync(mkdtempSync(join(tmpdir(), 'specboard-remote-')));
    this.home = join(this.base, 'home');
    this.root = join(this.home, 'root');
    mkdirSync(this.root, { recursive: true });
  }

  /** Makes files of the root. */
  fill(files: Record<string, string | Uint8Array>): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.root, path)), { recursive: true });
      writeFileSync(join(this.root, path), text);
    }
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  /** A plain process's port; with `python3` found at once. */
  port(path = `${dirname(python)}:${process.env['PATH'] ?? ''}`): SandboxPort {
    return pathPort(this.home, path);
  }

  /** A side on it. */
  side(options: Partial<RemoteSideOptions> = {}): RemoteSide {
    return createRemoteSide({ port: this.port(), root: this.root, rootId: 'r1', kit, ...options });
  }

  /** A bundle as LocalSide.pack makes it. */
  bundle(parts: readonly (BundleItem | { item: BundleItem; data: Uint8Array })[]): PackedBundle {
    const items = parts.map((part) => ('item' in part ? part.item : part));
    const index = Buffer.from(JSON.stringify(items));
    const tar = [tarHeader(bundleIndexName, index.length), index, padding(index.length)];
    let content = 0;
    parts.forEach((part, number) => {
      if (!('item' in part)) return;
      tar.push(tarHeader(String(number), part.data.length), part.data, padding(part.data.length));
      content += part.data.length;
    });
    const bytes = gzipSync(Buffer.concat([...tar, endOfTar()]));
    this.#bundles += 1;
    const file = join(this.base, `bundle-${this.#bundles}`);
    writeFileSync(file, bytes);
    return {
      ...{ file, bytes: bytes.length, hash: sha256(bytes), content },
      items: items as unknown as ApplyItem[],
      ...{ changed: [], whole: [] },
      [Symbol.asyncDispose]: async () => {},
    };
  }

  /** A folder of busybox's programs that is a whole PATH. */
  busyboxPath(without: readonly string[] = []): string {
    return this.#programs('busybox', without, () => '/bin/busybox');
  }

  /** The same with the system's own. */
  gnuPath(): string {
    const find = (name: string): string =>
      ['/usr/bin/', '/bin/'].map((folder) => folder + name).find(existsSync) ?? '';
    return this.#programs('gnu', [], find);
  }

  #programs(system: string, without: readonly string[], find: (name: string) => string): string {
    const folder = join(this.base, `${system}${without.length}`);
    if (existsSync(folder)) return folder;
    mkdirSync(folder);
    const names =
      'base64 cat chmod cp cut date df find gzip head ln ls mkdir mv printf readlink rm rmdir sed sh sha256sum sleep sort stat sync tail tar touch tr wc';
    for (const name of names.split(' '))
      if (!without.includes(name)) symlinkSync(find(name), join(folder, name));
    if (system === 'gnu') symlinkSync(find('flock'), join(folder, 'flock'));
    return folder;
  }

  remove(): void {
    chmodSync(this.base, 0o700);
    rmSync(this.base, { recursive: true, force: true });
  }
}

/** Commands with this HOME and PATH, begun in `here`. */
export function pathPort(home: string, path: string, here = home): SandboxPort {
  const files = processPort(home);
  return {
    ...files,
    run(command, output, signal) {
      const shell = existsSync(join(path, 'sh')) ? join(path, 'sh') : '/bin/sh';
      // Where the PATH is the whole system, nothing is found beside it.
      const bare = shell === '/bin/sh' ? command : command.replaceAll(/\/(usr|opt)\/\S*python3/g, '/nowhere');
      const child = spawn(shell, ['-c', bare], {
        cwd: here,
        env: { HOME: home, PATH: path },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      });
      const stop = (): void => {
        try {
          if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
        } catch {
          // It ended meanwhile.
        }
      };
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
      child.stdout.on('data', (bytes: Buffer) => output.stdout(bytes));
      child.stderr.on('data', (bytes: Buffer) => output.stderr(bytes));
      return new Promise((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (code) => {
          signal.removeEventListener('abort', stop);
          if (signal.aborted) reject(signal.reason);
          else resolve(code);
        });
      });
    },
  };
}

/**
 * A clock for tests of retries: pauses (below 5 s) are over at once, and only they move the time. Deadlines pass in a twentieth
 * of their time, or as fast as `haste` says.
 */
export function hastyClock(haste = 20): Clock {
  let now = 1_000_000;
  return {
    now: () => now,
    after(ms, callback) {
      const isPause = ms < 5000;
      const timer = setTimeout(
        () => {
          if (isPause) now += ms;
          callback();
        },
        isPause ? 0 : ms / haste,
      );
      return toDisposable(() => clearTimeout(timer));
    },
  };
}

/** A helper that answers each `op` as told: `answers` are bodies of Python functions that get the request `r` and give a value. */
export function lyingKit(answers: Record<string, string>): Uint8Array {
  const functions = Object.entries(answers).map(
    ([op, body]) => `def op_${op}(r):\n${body.replace(/^/gm, '    ')}\n`,
  );
  return Buffer.from(`import base64, hashlib, json, os, sys, time, zlib
STATE = os.environ["HOME"] + "/.specboard-sync/r1"
HASH = "0" * 64
def ok(**more):
    return dict({"ok": True, "state": STATE, "marker": None, "exists": True, "python": "3.11.7"}, **more)
FACTS = {"caseSensitive": True, "unicodeSensitive": True, "executableBit": True, "links": True, "windowsNames": False, "freeBytes": None}
def scan(rows, **more):
    return ok(**dict(dict(facts=FACTS, snapshot="s1", base=None, set=rows, **{"del": []}, unusable=[]), **more))
def say(value):
    print("SYNCKIT 1 " + base64.b64encode(zlib.compress(json.dumps(value).encode())).decode())
${functions.join('\n')}
word = sys.argv[1]
data = base64.b64decode(word[1:] if word[0] == "z" else word)
request = json.loads(zlib.decompress(data) if word[0] == "z" else data)
os.makedirs(STATE + "/out", exist_ok=True)
answer = globals()["op_" + request["op"]](request)
if answer is not None:
    say(answer)
`);
}

/** What a fault does with the n-th request. */
export type Fault = 'before' | 'after' | 'cut-answer' | 'noise' | null;

/** A port in which requests fail as `fault` says; `calls` are what was asked. */
export function faultyPort(
  port: SandboxPort,
  fault: (call: { kind: 'run' | 'put' | 'get'; number: number }) => Fault,
): SandboxPort & { calls: string[] } {
  const calls: string[] = [];
  const next = (kind: 'run' | 'put' | 'get'): Fault => {
    calls.push(kind);
    return fault({ kind, number: calls.length });
  };
  const lost = (): SpecboardError => new SpecboardError('unreachable', 'The link broke.');
  return {
    calls,
    async run(command, output, signal) {
      const what = next('run');
      if (what === 'before') throw lost();
      if (what === 'noise') output.stdout(Buffer.from('Welcome!\nSYNCKIT 1 is a line of noise\n$ '));
      const held: Uint8Array[] = [];
      const code = await port.run(
        command,
        what === 'cut-answer' ? { ...output, stdout: (bytes) => held.push(bytes) } : output,
        signal,
      );
      if (what === 'after') throw lost();
      if (what === 'cut-answer') {
        const all = Buffer.concat(held);
        output.stdout(all.subarray(0, all.length - 20));
      }
      if (what === 'noise') output.stdout(Buffer.from('\nbye\n'));
      return code;
    },
    async put(path, data, signal) {
      const what = next('put');
      if (what === 'before') throw lost();
      await port.put(path, data, signal);
      if (what === 'after') throw lost();
    },
    async get(path, signal) {
      const what = next('get');
      if (what === 'before') throw lost();
      const all = await port.get(path, signal);
      if (what !== 'cut-answer') return all;
      return (async function* () {
        for await (const piece of all) yield piece.subarray(0, Math.max(1, piece.length - 20));
      })();
    },
  };
}

/** The SpecboardError that a promise is rejected with. Throws when it is not, or not with one. */
export async function problemOf(work: Promise<unknown>): Promise<SpecboardError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof SpecboardError) return error;
    throw new Error(`Not a SpecboardError: ${String(error)}`, { cause: error });
  }
  throw new Error('The promise was expected to be rejected.');
}

/** All of a stream as text. */
export async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}
