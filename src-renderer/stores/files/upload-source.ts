/** What a person dropped or chose, as uploads: single files, and folders with their tree. Pieces are read as they are sent. */
import type { OperationInput } from '../../../src-shared/contract/operations.ts';

/** Bytes read and sent at a time. */
const pieceBytes = 262_144;
/** Small files that travel together at most. */
const pieceCount = 128;

/** Something to upload: what will be one entry of the folder it goes to. */
export type UploadSource = { name: string; size: number } & (
  | { kind: 'file'; file: File }
  /** `entries` in the order in which they are sent; a folder (`file` null) before what is in it, where it is named at all. */
  | { kind: 'folder'; entries: { path: string; file: File | null }[] }
);

type Pieces = OperationInput<'files.uploadPiece'>['pieces'];

/** What a dialog gave: files, or the files of one folder, which carry their paths. */
export function sourcesOfFiles(files: Iterable<File>): UploadSource[] {
  const sources: UploadSource[] = [];
  const folders = new Map<string, Extract<UploadSource, { kind: 'folder' }>>();
  for (const file of files) {
    const [top, ...rest] = file.webkitRelativePath.split('/');
    if (!top || rest.length === 0) {
      sources.push({ kind: 'file', name: file.name, size: file.size, file });
      continue;
    }
    let folder = folders.get(top);
    if (!folder) {
      folder = { kind: 'folder', name: top, size: 0, entries: [] };
      folders.set(top, folder);
      sources.push(folder);
    }
    folder.entries.push({ path: rest.join('/'), file });
    folder.size += file.size;
  }
  return sources;
}

/** A dropped file. */
export interface DroppedFile {
  kind: 'file';
  name: string;
  getFile(): Promise<File>;
}

/** A dropped folder. */
export interface DroppedFolder {
  kind: 'directory';
  name: string;
  getEntries(): AsyncIterable<DroppedFile | DroppedFolder>;
}

/** What was dropped, folders read through. */
export async function sourcesOfDrop(items: Iterable<DroppedFile | DroppedFolder>): Promise<UploadSource[]> {
  const sources: UploadSource[] = [];
  for (const item of items) {
    if (item.kind === 'file') {
      const file = await item.getFile();
      sources.push({ kind: 'file', name: item.name, size: file.size, file });
    } else {
      const folder: Extract<UploadSource, { kind: 'folder' }> = {
        kind: 'folder',
        name: item.name,
        size: 0,
        entries: [],
      };
      await collect(item, '', folder);
      sources.push(folder);
    }
  }
  return sources;
}

async function collect(
  from: DroppedFolder,
  prefix: string,
  into: Extract<UploadSource, { kind: 'folder' }>,
): Promise<void> {
  for await (const entry of from.getEntries()) {
    const path = `${prefix}${entry.name}`;
    if (entry.kind === 'file') {
      const file = await entry.getFile();
      into.entries.push({ path, file });
      into.size += file.size;
    } else {
      into.entries.push({ path, file: null });
      await collect(entry, `${path}/`, into);
    }
  }
}

/** The pieces of an upload, in batches as the bridge takes them; `last` comes with the last one. */
export async function* piecesOf(source: UploadSource): AsyncGenerator<{ pieces: Pieces; last: boolean }> {
  let pieces: Pieces = [];
  let bytes = 0;
  for await (const piece of allPieces(source)) {
    if (bytes + piece.bytes.length > pieceBytes || pieces.length >= pieceCount) {
      yield { pieces, last: false };
      pieces = [];
      bytes = 0;
    }
    pieces.push(piece);
    bytes += piece.bytes.length;
  }
  yield { pieces, last: true };
}

async function* allPieces(source: UploadSource): AsyncGenerator<Pieces[number]> {
  if (source.kind === 'file') {
    for await (const bytes of slicesOf(source.file)) yield { entry: null, bytes };
    return;
  }
  for (const { path, file } of source.entries) {
    const entry = {
      path,
      folder: file === null,
      size: file?.size ?? 0,
      modifiedAt: file ? Math.max(0, file.lastModified) : 0,
    };
    let isFirst = true;
    if (file) {
      for await (const bytes of slicesOf(file)) {
        yield { entry: isFirst ? entry : null, bytes };
        isFirst = false;
      }
    }
    if (isFirst) yield { entry, bytes: new Uint8Array() };
  }
}

async function* slicesOf(file: File): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let from = 0; from < file.size; from += pieceBytes) {
    yield new Uint8Array(await file.slice(from, from + pieceBytes).arrayBuffer());
  }
}
