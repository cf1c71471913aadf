/** Files of the sandbox in the page: a tree in memory, and transfers that take their time. */
import type { SpecboardApi, StreamHandle } from '../../../src-shared/contract/api.ts';
import type { Problem, Reply } from '../../../src-shared/contract/errors.ts';
import type { FileItem, FilePreview, FileVersion, TransferEnd } from '../../../src-shared/domain/file.ts';

/** What a sandbox starts with. */
export type FilesStart = 'few' | 'empty' | 'many' | 'hostile';

interface Node {
  type: FileItem['type'];
  text?: string;
  bytes?: Uint8Array<ArrayBuffer>;
  /** Size that is said, where the content is not here. */
  size?: number;
  modifiedAt: number;
  target?: string;
  children?: Map<string, Node>;
}

const ok = <T>(value: T): Reply<T> => ({ ok: true, value: structuredClone(value) });
const fail = (code: Problem['code'], message: string): Reply<never> => ({
  ok: false,
  error: { code, message, retryable: code === 'unreachable', kept: 'Nothing was changed.' },
});
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** A red pixel. */
const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';

/** See the file's first line. Tests reach it as `window.scenario.main.files`. */
export class ScenarioFiles {
  readonly root: Node = { type: 'directory', modifiedAt: 1, children: new Map() };
  /** ms a listing takes, and a piece of a transfer. */
  listMs = 0;
  pieceMs = 0;
  /** The next listing fails with this. */
  nextProblem: Problem | null = null;
  /** The next transfer fails with this. */
  nextTransferProblem: Problem | null = null;
  /** Whether the system's dialog is cancelled. */
  cancelDialog = false;
  readonly uploads = new Map<string, { node: Node; at: string; entry: Node; size: number; got: number }>();
  /** Bytes of everything that was uploaded, by path. */
  readonly uploaded: Record<string, number> = {};
  #time = Date.UTC(2026, 10, 3, 9, 0);
  #uploadNumber = 0;

  constructor(start: FilesStart) {
    if (start !== 'empty') this.#few();
    if (start === 'many') {
      const many = this.put('many', { type: 'directory', children: new Map() });
      for (let n = 0; n < 10_000; n += 1) {
        many.children?.set(`row-${String(n).padStart(5, '0')}.csv`, {
          type: 'file',
          text: 'a',
          modifiedAt: n,
        });
      }
    }
    if (start === 'hostile') this.#hostile();
  }

  /** Puts something at a path; makes no folders. */
  put(path: string, node: Omit<Node, 'modifiedAt'> & { modifiedAt?: number }): Node {
    const at = path.lastIndexOf('/');
    const folder = at < 0 ? this.root : this.find(path.slice(0, at));
    this.#time += 60_000;
    const made: Node = { modifiedAt: this.#time, ...node };
    folder?.children?.set(path.slice(at + 1), made);
    return made;
  }

  /** Changes a text as something else than the window does. */
  change(path: string, text: string): void {
    this.put(path, { type: 'file', text });
  }

  find(path: string): Node | undefined {
    if (path === '.' || path === '/' || path === '/work') return this.root;
    let node: Node | undefined = this.root;
    for (const part of path.replace(/^\/work\//, '').split('/')) {
      node = node?.type === 'link' ? this.find(node.target ?? '') : node;
      node = node?.children?.get(part);
    }
    return node;
  }

  remove(path: string): void {
    const at = path.lastIndexOf('/');
    const folder = at < 0 ? this.root : this.find(path.slice(0, at));
    folder?.children?.delete(path.slice(at + 1));
  }

  items(node: Node): FileItem[] {
    return [...(node.children ?? [])].map(([name, child]) => ({
      name,
      type: child.type,
      size: sizeOf(child),
      modifiedAt: child.modifiedAt,
      ...(child.type === 'link'
        ? { link: { target: child.target ?? '', leadsTo: leadsTo(this.find(child.target ?? '')) } }
        : {}),
    }));
  }

  nextUpload(): string {
    this.#uploadNumber += 1;
    return `10000000-0000-4000-8000-${String(this.#uploadNumber).padStart(12, '0')}`;
  }

  #few(): void {
    this.put('data', { type: 'directory', children: new Map() });
    this.put('data/sales.csv', { type: 'file', text: 'month,sales\nJan,120\nFeb,98\n' });
    this.put('data/empty', { type: 'directory', children: new Map() });
    this.put('model.py', {
      type: 'file',
      text: 'import math\n\n\ndef area(radius):\n    # of a circle\n    return math.pi * radius**2\n',
    });
    this.put('README.md', { type: 'file', text: '# Readme\n\nWhat this is.\n' });
    const bytes = Uint8Array.from(atob(png), (char) => char.charCodeAt(0));
    this.put('plot.png', { type: 'file', bytes });
    this.put('weights.bin', { type: 'file', size: 1_288_490_189 });
    this.put('latest', { type: 'link', target: 'data' });
    this.put('lost', { type: 'link', target: 'nowhere/at-all.txt' });
    this.put('.env', { type: 'file', text: 'MODE=test\n' });
  }

  #hostile(): void {
    for (const name of [
      'report\u202Etxt.exe',
      'two\nlines.txt',
      '<img src=x onerror=alert(1)>',
      '\u0007bell\u001b[31m.txt',
      'ملف المبيعات النهائي.csv',
      `${'Forschungsdatenverarbeitungsumgebung-'.repeat(6)}.ipynb`,
      ' ',
    ]) {
      this.put(name, { type: 'file', text: name });
    }
  }
}

function sizeOf(node: Node): number {
  return node.size ?? node.bytes?.length ?? new TextEncoder().encode(node.text ?? '').length;
}

function leadsTo(node: Node | undefined): NonNullable<FileItem['link']>['leadsTo'] {
  if (!node) return 'nothing';
  return node.type === 'directory' ? 'directory' : 'file';
}

/** As good as a hash for these small texts. */
function versionOf(node: Node): FileVersion {
  let sum = 7;
  for (const char of node.text ?? '') sum = (sum * 31 + char.charCodeAt(0)) >>> 0;
  return { modifiedAt: node.modifiedAt, size: sizeOf(node), sha256: sum.toString(16).padStart(8, '0') };
}

type Called = (name: string, input: unknown) => Promise<void>;

/** The operations of the group `files`. */
export function fileMethods(files: ScenarioFiles, called: Called): SpecboardApi['files'] {
  return {
    async list({ path }) {
      await called('files.list', { path });
      await pause(files.listMs);
      const problem = files.nextProblem;
      files.nextProblem = null;
      if (problem) return { ok: false, error: problem };
      let node = files.find(path);
      if (node?.type === 'link') node = files.find(node.target ?? '');
      if (node?.type !== 'directory') return fail('not-found', 'There is no such folder.');
      return ok({ path: path === '.' ? '/work' : path, items: files.items(node), more: 0 });
    },
    async readText({ path }) {
      await called('files.readText', { path });
      let node = files.find(path);
      const target = node?.target ?? '';
      if (node?.type === 'link') node = files.find(target);
      if (!node)
        return target
          ? ok({ kind: 'broken-link', target })
          : fail('not-found', 'This file is not there any more.');
      return ok(previewOf(node));
    },
    async readImage({ path }) {
      await called('files.readImage', { path });
      return ok({ mime: 'image/png', bytes: files.find(path)?.bytes ?? new Uint8Array() });
    },
    async write(input) {
      await called('files.write', input);
      const there = files.find(input.path);
      const theirs = there ? versionOf(there) : null;
      if (theirs?.sha256 !== input.expected?.sha256) return ok({ outcome: 'conflict', theirs });
      const node = files.put(input.path, { type: 'file', text: input.text });
      return ok({ outcome: 'saved', version: versionOf(node) });
    },
    async copy({ from, to }) {
      await called('files.copy', { from, to });
      files.put(to, { ...files.find(from), type: 'file' });
      return ok(null);
    },
    async move({ from, to }) {
      await called('files.move', { from, to });
      const node = files.find(from);
      if (files.find(to) || !node) return fail('conflict', 'Something in this folder has that name already.');
      files.remove(from);
      files.put(to, node);
      return ok(null);
    },
    async makeDir({ path }) {
      await called('files.makeDir', { path });
      if (files.find(path)) return fail('conflict', 'Something in this folder has that name already.');
      files.put(path, { type: 'directory', children: new Map() });
      return ok(null);
    },
    async remove({ path }) {
      await called('files.remove', { path });
      files.remove(path);
      return ok(null);
    },
    async uploadPiece({ uploadId, pieces, last }) {
      await pause(files.pieceMs);
      const upload = files.uploads.get(uploadId);
      if (!upload) return ok(false);
      for (const { entry, bytes } of pieces) {
        if (entry) {
          const [...parts] = entry.path.split('/');
          let folder = upload.node;
          const name = parts.pop() ?? '';
          for (const part of parts) {
            const next: Node = folder.children?.get(part) ?? {
              type: 'directory',
              modifiedAt: 1,
              children: new Map(),
            };
            folder.children?.set(part, next);
            folder = next;
          }
          upload.entry = entry.folder
            ? { type: 'directory', modifiedAt: 1, children: new Map() }
            : { type: 'file', size: entry.size, modifiedAt: entry.modifiedAt };
          folder.children?.set(name, upload.entry);
        }
        upload.got += bytes.length;
      }
      if (last) upload.size = -1;
      return ok(true);
    },
  };
}

function previewOf(node: Node): FilePreview {
  const about = { size: sizeOf(node), modifiedAt: node.modifiedAt };
  if (node.type === 'directory') return { kind: 'directory', modifiedAt: node.modifiedAt };
  if (node.bytes) return { kind: 'image', ...about, mime: 'image/png' };
  if (node.text === undefined) return { kind: 'binary', ...about };
  const common = { encoding: 'utf-8', valid: true, truncated: false } as const;
  return { kind: 'text', ...about, ...common, text: node.text, version: versionOf(node) };
}

/** The streams of transfers. */
export function transferStreams(
  files: ScenarioFiles,
  called: Called,
): Pick<SpecboardApi, 'download' | 'upload'> {
  return {
    download(input, observer) {
      void called('download', input);
      return transfer<'download'>(files, async (isStopped) => {
        await pause(5);
        if (files.cancelDialog) return null;
        observer.onOpen?.(null);
        const size = input.paths.reduce((sum, path) => sum + sizeOf(files.find(path) ?? files.root), 0);
        for (let step = 1; step <= 4 && !isStopped(); step += 1) {
          await pause(files.pieceMs);
          void observer.onData({ bytes: (size * step) / 4, total: size, name: input.paths[0] ?? '' });
        }
        return endOf(input.paths.length, size, '/home/someone/Downloads');
      });
    },
    upload(input, observer) {
      void called('upload', input);
      const uploadId = files.nextUpload();
      return transfer<'upload'>(files, async (isStopped) => {
        await pause(0);
        const node: Node = input.folder
          ? { type: 'directory', modifiedAt: Date.now(), children: new Map() }
          : { type: 'file', size: input.size, modifiedAt: Date.now() };
        const upload = { node, at: input.path, entry: node, size: input.size, got: 0 };
        files.uploads.set(uploadId, upload);
        observer.onOpen?.({ uploadId });
        const name = input.path.split('/').at(-1) ?? '';
        while (upload.size !== -1 && !isStopped()) {
          await pause(5);
          void observer.onData({ bytes: upload.got, total: input.size, name });
        }
        files.uploads.delete(uploadId);
        if (!isStopped()) {
          files.put(input.path, node);
          files.uploaded[input.path] = upload.got;
        }
        return endOf(1, upload.got, input.path);
      });
    },
  };
}

function endOf(files: number, bytes: number, place: string): TransferEnd {
  return { files, bytes, place, skipped: 0, leftOut: [], leftOutMore: 0 };
}

function transfer<N extends 'download' | 'upload'>(
  files: ScenarioFiles,
  run: (isStopped: () => boolean) => Promise<TransferEnd | null>,
): StreamHandle<N> {
  let finish: (reply: Reply<TransferEnd | null>) => void = () => {};
  const done = new Promise<Reply<TransferEnd | null>>((resolve) => {
    finish = resolve;
  });
  let stopped = false;
  const problem = files.nextTransferProblem;
  files.nextTransferProblem = null;
  if (problem) setTimeout(() => finish({ ok: false, error: problem }), 20);
  else {
    void run(() => stopped).then((end) => {
      if (!stopped) finish({ ok: true, value: end });
    });
  }
  const stop = () => {
    stopped = true;
    finish(fail('cancelled', 'Cancelled.'));
  };
  return { done, cancel: stop, close: stop } as unknown as StreamHandle<N>;
}
