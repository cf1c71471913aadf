/** Speaks with real resources/synckit.py processes as src-main/sync/remote/README.md says: requests, answers, bundles, entries. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { deflateSync, gzipSync, inflateSync } from 'node:zlib';
import type { ApplyResult, Entry } from '../../src-main/sync/types.ts';
import { python } from './runner.ts';

/** The file under test. `SPECBOARD_TEST_SYNCKIT` chooses another, for example one with a fault in it. */
export const kitFile =
  process.env.SPECBOARD_TEST_SYNCKIT ?? join(import.meta.dirname, '../../resources/synckit.py');

/** An entry as a snapshot tells it: path, kind, size, ms, executable, hash or target. */
export type KitEntry = [string, 'f' | 'd' | 'l', number, number, 0 | 1, string];

/** What comes back; only what its request has is there. */
export interface Answer {
  ok: boolean;
  code: string;
  message: string;
  state: string;
  exists: boolean;
  python: string;
  marker: { rootId: string; epoch: number } | null;
  facts: Record<string, boolean | number | null>;
  snapshot: string | null;
  base: string | null;
  set: KitEntry[];
  del: string[];
  unusable: [string, string, string | null][];
  left?: [note: string, name: string, path: string, why: string, ...rest: (string | number)[]][];
  results: ApplyResult[];
  changed: boolean;
  size: number;
  data: string;
  file: string;
  bytes: number;
  sha256: string;
  have: string[];
  found: { name: string; kind: string; file: string; size: number; target: string | null }[];
  dropped: number;
}

/** How one run ended. `answer` is null where there was none. */
export interface Run {
  code: number | null;
  answer: Answer | null;
  stderr: string;
  /** Characters of the output. */
  said: number;
}

/** How a request is made. */
export interface AskOptions {
  env?: Record<string, string>;
  /** Words of Python's own. */
  python?: string[];
  /** Runs before the command, for example `ulimit -n 20`. */
  shell?: string;
  /** In a file put first. */
  inFile?: boolean;
  packed?: boolean;
  /** Gets its way to be stopped, and its process. */
  onStart?: (kill: (signal: NodeJS.Signals) => void, pid: number) => void;
}

/** A sandbox's folder with its home. */
export class KitHost {
  readonly base: string;
  readonly home: string;
  readonly root: string;
  readonly state: string;

  constructor(base = realpathSync(mkdtempSync(join(tmpdir(), 'sb-kit-')))) {
    this.base = base;
    this.home = join(base, 'home');
    this.root = join(base, 'root');
    this.state = join(this.home, '.specboard-sync/r1');
    mkdirSync(this.home, { recursive: true });
    mkdirSync(this.root, { recursive: true });
  }

  /** Makes files of the root; a text each. */
  fill(files: Record<string, string | Uint8Array>): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.root, path)), { recursive: true });
      writeFileSync(join(this.root, path), text);
    }
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  /** Runs one request. */
  run(op: string, fields: object = {}, options: AskOptions = {}): Promise<Run> {
    const request = Buffer.from(JSON.stringify({ op, root: this.root, rootId: 'r1', ...fields }));
    let word = options.packed ? `z${deflateSync(request).toString('base64')}` : request.toString('base64');
    if (options.inFile) {
      const file = join(this.base, `request-${process.hrtime.bigint()}`);
      writeFileSync(file, options.packed ? deflateSync(request) : request);
      word = `@${file}`;
    }
    const words = ['-I', '-S', '-B', ...(options.python ?? []), kitFile, word];
    const env = { HOME: this.home, PATH: process.env.PATH ?? '', LANG: 'C.UTF-8', ...options.env };
    const child = options.shell
      ? spawn('sh', ['-c', `${options.shell}; exec "$@"`, 'sh', python, ...words], { env })
      : spawn(python, words, { env });
    options.onStart?.((signal) => child.kill(signal), child.pid ?? 0);
    return new Promise((resolve, reject) => {
      let text = '';
      let stderr = '';
      child.stdout.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      child.stderr.setEncoding('utf8').on('data', (piece: string) => {
        stderr += piece;
      });
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, answer: answerIn(text), stderr, said: text.length }));
    });
  }

  /** The answer of a request; throws where there is none, whether it is ok or not. */
  async ask(op: string, fields: object = {}, options: AskOptions = {}): Promise<Answer> {
    const { answer, code, stderr } = await this.run(op, fields, options);
    if (answer === null) throw new Error(`synckit ${op} said nothing (exit code ${code}): ${stderr}`);
    if (stderr !== '') throw new Error(`synckit ${op}: ${stderr}`);
    return answer;
  }

  /** The root as it is, by path. */
  async tree(fields: object = {}): Promise<Map<string, KitEntry>> {
    const answer = await this.ask('scan', { have: null, ...fields });
    if (!answer.ok) throw new Error(answer.message);
    return new Map(answer.set.map((entry) => [entry[0], entry]));
  }

  apply(items: readonly Item[], fields: object = {}, options: AskOptions = {}): Promise<Answer> {
    const bundle = { data: bundleOf(items).toString('base64') };
    return this.ask('apply', { cycle: 'c1', epoch: 1, bundle, have: null, ...fields }, options);
  }

  [Symbol.dispose](): void {
    rmSync(this.base, { recursive: true, force: true });
  }
}

/** Finds the answer among what a login shell says. */
export function answerIn(text: string): Answer | null {
  const word = [...text.matchAll(/^SYNCKIT 1 (\S+)$/gm)].at(-1)?.[1];
  if (word === undefined) return null;
  const answer = JSON.parse(inflateSync(Buffer.from(word, 'base64')).toString());
  if (answer.at === undefined) return answer;
  const packed = readFileSync(answer.at);
  if (packed.length !== answer.bytes || sha256(packed) !== answer.sha256) throw new Error('damaged answer');
  return JSON.parse(inflateSync(packed).toString());
}

/** The raw bytes of an answer. */
export function bytesOf(answer: Answer): Buffer {
  if (answer.data !== undefined) return Buffer.from(answer.data, 'base64');
  const bytes = readFileSync(answer.file);
  if (bytes.length !== answer.bytes || sha256(bytes) !== answer.sha256) throw new Error('damaged bytes');
  return bytes;
}

/** SHA-256 in hex. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** An item of a bundle; `content` are the bytes that travel with it. */
export type Item = Record<string, unknown> & { content?: string | Uint8Array };

/** A time that is not now. */
export const anHourAgo = 1_700_000_000_000;

/** What a file with this content is. */
export function file(content: string | Uint8Array, executable = false): Entry {
  const data = Buffer.from(content);
  return {
    kind: 'file',
    size: data.length,
    modifiedAt: anHourAgo,
    executable,
    hash: sha256(data),
    target: null,
  };
}

/** What a folder is. */
export const folder: Entry = {
  kind: 'directory',
  size: 0,
  modifiedAt: 0,
  executable: false,
  hash: '',
  target: null,
};

/** What a link is. */
export function link(target: string): Entry {
  return { kind: 'link', size: 0, modifiedAt: 0, executable: false, hash: sha256(target), target };
}

/** A `put` with its bytes. */
export function put(path: string, content: string | Uint8Array, over: Entry | null = null): Item {
  return { do: 'put', path, entry: file(content), over, source: { from: 'data' }, content };
}

/** A bundle of these items. */
export function bundleOf(items: readonly Item[]): Buffer {
  const index = items.map(({ content: _content, ...item }) => item);
  const members: [string, Uint8Array][] = [['index.json', Buffer.from(JSON.stringify(index))]];
  for (const [number, { content }] of items.entries()) {
    if (content !== undefined) members.push([String(number), Buffer.from(content)]);
  }
  return gzipSync(tarOfMembers(members), { level: 1 });
}

/** A tar of members as they are said: `size` in the header where it is to lie. */
export function tarOfMembers(members: readonly [name: string, data: Uint8Array, size?: number][]): Buffer {
  const blocks = members.flatMap(([name, data, size = data.length]) => [
    tarHeader(name, size),
    data,
    Buffer.alloc((512 - (data.length % 512)) % 512),
  ]);
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** A header with a right checksum. */
export function tarHeader(name: string, size: number, type = '0'): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0, 'latin1');
  block.write('0000600\0', 100);
  if (size < 2 ** 33) block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  else {
    block[124] = 0x80;
    block.writeBigUInt64BE(BigInt(size), 128);
  }
  block.write(' '.repeat(8), 148);
  block.write(type, 156);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** Members of a tar, by name. */
export function membersOf(tar: Buffer): [string, Buffer][] {
  const found: [string, Buffer][] = [];
  for (let at = 0; tar[at] !== 0; ) {
    const name = tar.toString('latin1', at, at + 100).replace(/\0.*$/s, '');
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 135), 8);
    found.push([name, tar.subarray(at + 512, at + 512 + size)]);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return found;
}
