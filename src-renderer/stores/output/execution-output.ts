/**
 * The output of one execution as the window keeps it: parts in the order they came, and a version that changes when listeners
 * are told (at most ten times a second: flush-clock.ts). All text stays reachable: what does not fit into memory is only
 * remembered, and read from main again when somebody looks at it. React reads this, and never owns it.
 */
import type { CodeError, MimeBundle, StoredOutput } from '../../../src-shared/domain/execution.ts';
import { headParts, type OutlineEntry } from './head.ts';
import { LineBuffer } from './line-buffer.ts';
import type { Position } from './pieces.ts';
import { type Reader, readTexts } from './stored-reader.ts';

/** A part of the output, drawn as one piece. `seq`: where in the stored output it begins; `size`: its bytes there. */
export type OutputPart = { id: number; seq: number; size: number } & (
  | { kind: 'text'; buffer: LineBuffer }
  | { kind: 'rich'; role: 'display' | 'result'; data: MimeBundle }
  /** Something whose content is in main only, until it is asked for. */
  | { kind: 'shelved'; what: string }
  | { kind: 'error'; error: CodeError }
  | { kind: 'notice'; level: 'info' | 'warning'; text: string }
  | { kind: 'gap'; reason: string; bytes: number | null }
);

/** What the window keeps of one execution: bytes in memory, and parts that are drawn. */
export interface OutputLimits {
  bytes: number;
  parts: number;
}

/** Enough for a few hundred thousand lines; anything else is read again in a blink. */
export const defaultLimits: OutputLimits = { bytes: 16 * 1_048_576, parts: 400 };

/** Where the output stands. */
export type OutputState = 'idle' | 'loading' | 'live' | 'complete' | 'failed';

/** See the head of the file. */
export class ExecutionOutput {
  readonly #limits: OutputLimits;
  readonly #requestFlush: () => void;
  readonly #reader: Reader | undefined;
  readonly #listeners = new Set<() => void>();
  #parts: OutputPart[] = [];
  #nextPart = 0;
  #nextSeq = 0;
  #total = 0;
  #droppedBytes = 0;
  #version = 0;
  #columns = Number.POSITIVE_INFINITY;
  #unfolded = false;
  #state: OutputState = 'idle';
  #dirty = false;
  #richKept = 0;
  /** Bytes of a line that was cut by starting in the middle, still to be left to the head. */
  #skipping = false;
  #wanted: { buffer: LineBuffer; row: number } | null = null;
  #filling = false;
  #isHeadLoaded = true;

  constructor(limits: OutputLimits, requestFlush: () => void, reader?: Reader) {
    this.#limits = limits;
    this.#requestFlush = requestFlush;
    this.#reader = reader;
  }

  /** The parts, oldest first. Replaced when parts come or go, the same array otherwise. */
  get parts(): readonly OutputPart[] {
    return this.#parts;
  }

  /** Position to attach from: one more than the last event seen. */
  get nextSeq(): number {
    return this.#nextSeq;
  }

  /** Memory that is held. */
  get keptBytes(): number {
    let kept = this.#richKept;
    for (const part of this.#parts) if (part.kind === 'text') kept += part.buffer.memory;
    return kept;
  }

  /** Bytes that came, those that are in main only included. */
  get totalBytes(): number {
    return this.#total;
  }

  /** Bytes of parts that are not drawn at all any more: there were too many. */
  get droppedBytes(): number {
    return this.#droppedBytes;
  }

  /** Whether, and how, output is coming. */
  get state(): OutputState {
    return this.#state;
  }

  /** True where all of it is in memory. */
  get isWhole(): boolean {
    if (this.#droppedBytes > 0) return false;
    return this.#parts.every(
      (part) => part.kind !== 'shelved' && (part.kind !== 'text' || isLoaded(part.buffer)),
    );
  }

  /** True where a line is too long to be shown in full unasked, or was and is. */
  get unfolded(): boolean {
    return this.#unfolded;
  }

  /** Changes with every flush; for useSyncExternalStore. */
  readonly version = (): number => this.#version;

  /** Subscribes to flushes; returns the unsubscribe function. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Sets the state and tells the listeners with the next flush. */
  setState(state: OutputState): void {
    if (state === this.#state) return;
    this.#state = state;
    const last = this.#parts.at(-1);
    if (state === 'complete' && last?.kind === 'text') last.buffer.close({ seq: this.#nextSeq, offset: 0 });
    this.#touch();
  }

  /**
   * Starts from `seq` instead of 0; `loadHead` brings what is before it, with the line that is cut by starting there. `whole`:
   * nothing will bring it, so what is left of that line is shown.
   */
  startAt(seq: number, bytesBefore: number, { whole = false } = {}): void {
    this.#nextSeq = seq;
    this.#droppedBytes = bytesBefore;
    this.#total = bytesBefore;
    this.#skipping = seq > 0 && !whole;
    this.#isHeadLoaded = seq === 0 || whole;
  }

  /** True once what was not read at first was outlined. */
  get isHeadLoaded(): boolean {
    return this.#isHeadLoaded;
  }

  /** Makes everything before the first part reachable, from main's outline of it. */
  async loadHead(): Promise<void> {
    const first = this.#parts[0];
    const end = first?.kind === 'text' ? first.buffer.from : first && { seq: first.seq, offset: 0 };
    if (!this.#reader || !end || this.#droppedBytes === 0) return;
    const entries: OutlineEntry[] = [];
    let from: Position | null = { seq: 0, offset: 0 };
    while (from) {
      const page: { entries: OutlineEntry[]; next: Position | null } = await this.#reader.outline(from, end);
      entries.push(...page.entries);
      from = page.next;
    }
    this.#addHead(entries);
    this.#isHeadLoaded = true;
    this.#touch();
  }

  /** Takes events in; those seen before are dropped, missing ones become a gap. */
  append(items: readonly StoredOutput[]): void {
    for (const item of items) {
      if (item.seq < this.#nextSeq) continue;
      if (item.seq > this.#nextSeq) this.#push({ kind: 'gap', reason: '', bytes: null }, this.#nextSeq, 0);
      this.#nextSeq = item.seq + 1;
      this.#take(item);
    }
    this.#trim();
    this.#touch();
  }

  /** Sets the width that text is folded at, in characters. Cheap when nothing changes. */
  setColumns(columns: number): void {
    if (columns === this.#columns) return;
    this.#columns = columns;
    for (const part of this.#parts) if (part.kind === 'text') part.buffer.setColumns(columns);
    this.#touch();
  }

  /** Shows long lines in full. */
  setUnfolded(unfolded: boolean): void {
    this.#unfolded = unfolded;
    for (const part of this.#parts) if (part.kind === 'text') part.buffer.setUnfolded(unfolded);
    this.#touch();
  }

  /** Lets go of all memory that main can give again. */
  release(): void {
    for (const part of this.#parts) {
      if (part.kind === 'text') while (part.buffer.releaseOldest() > 0);
    }
    this.#parts = this.#parts.map((part) => this.#shelve(part));
    this.#touch();
  }

  /** Asks for rows that are in main only; only the latest wish counts, so that a dragged scroll bar reads what it ends at. */
  want(buffer: LineBuffer, fromRow: number, toRow: number): void {
    for (let row = fromRow; row < toRow; ) {
      const at = buffer.locate(row);
      if (!at) return;
      if (at.line === -1) {
        this.#wanted = { buffer, row };
        void this.#fillWanted();
        return;
      }
      row = buffer.firstRow(at.piece + 1);
    }
  }

  /** Brings a remembered piece of text back; resolves when it is there (or cannot be had). */
  async fill(buffer: LineBuffer, piece: number): Promise<void> {
    const range = buffer.rangeOf(piece);
    if (!this.#reader || !range || buffer.piece(piece)?.bytes) return;
    const texts = await readTexts(this.#reader, range.from, range.to);
    const now = buffer.pieceAt(range.from);
    if (buffer.fill(now, texts)) this.#trim();
    this.#touch();
  }

  /** Brings a shelved value back. */
  async unshelve(partId: number): Promise<void> {
    const shelved = this.#parts.find(({ id }) => id === partId);
    if (!this.#reader || shelved?.kind !== 'shelved') return;
    const { items } = await this.#reader.read(shelved.seq, 1);
    const event = items.find(({ seq }) => seq === shelved.seq)?.event;
    if (!event || event.type === 'text') return;
    const part = partOf(event);
    if (part.kind === 'rich') this.#richKept += shelved.size;
    this.#parts = this.#parts.map((other) => (other.id === partId ? { ...other, ...part } : other));
    this.#touch();
  }

  /** Tells the listeners, if there is something to tell. Called by the flush clock only. */
  flush(): void {
    if (!this.#dirty) return;
    this.#dirty = false;
    this.#version += 1;
    for (const listener of [...this.#listeners]) listener();
  }

  /** The last lines of text, at most `count`; for reading aloud. */
  lastLines(count: number): string[] {
    const part = this.#parts.findLast((candidate) => candidate.kind === 'text');
    if (part?.kind !== 'text') return [];
    const piece = part.buffer.pieceCount - 1;
    const lines = part.buffer.piece(piece)?.count ?? 0;
    const decoder = new TextDecoder();
    const first = Math.max(0, lines - count);
    return Array.from({ length: lines - first }, (_, i) =>
      decoder.decode(part.buffer.lineAt(piece, first + i)?.bytes ?? new Uint8Array()),
    );
  }

  /** All text in memory, for "Copy". */
  text(): string {
    return this.#parts.flatMap((part) => textOf(part) ?? []).join('\n');
  }

  #touch(): void {
    this.#dirty = true;
    this.#requestFlush();
  }

  #take({ seq, at, event }: StoredOutput): void {
    if (event.type === 'text') {
      this.#total += event.bytes.length;
      let { bytes } = event;
      let offset = 0;
      if (this.#skipping) {
        const newline = bytes.indexOf(10);
        this.#droppedBytes += newline === -1 ? bytes.length : newline + 1;
        if (newline === -1) return;
        offset = newline + 1;
        bytes = bytes.subarray(offset);
        this.#skipping = false;
        if (bytes.length === 0) return;
      }
      const part = this.#textPart(seq);
      part.size += bytes.length;
      part.buffer.append(bytes, event.stream, { seq, offset, at });
      return;
    }
    this.#skipping = false;
    const size = event.type === 'rich' ? sizeOf(event.data) : 0;
    this.#total += size;
    this.#push(partOf(event), seq, size);
    if (event.type === 'rich') this.#richKept += size;
  }

  #textPart(seq: number): OutputPart & { kind: 'text' } {
    const last = this.#parts.at(-1);
    if (last?.kind === 'text') return last;
    const part = { id: this.#newId(), seq, size: 0, kind: 'text' as const, buffer: this.#newBuffer() };
    this.#parts = [...this.#parts, part];
    return part;
  }

  #newBuffer(): LineBuffer {
    const buffer = new LineBuffer();
    buffer.setColumns(this.#columns);
    buffer.setUnfolded(this.#unfolded);
    return buffer;
  }

  #newId(): number {
    this.#nextPart += 1;
    return this.#nextPart;
  }

  #push(part: PartContent, seq: number, size: number): void {
    const last = this.#parts.at(-1);
    if (last?.kind === 'text') last.buffer.close({ seq, offset: 0 });
    this.#parts = [...this.#parts, { ...part, id: this.#newId(), seq, size } as OutputPart];
    if (this.#parts.length > this.#limits.parts * 1.25) this.#trim();
  }

  #addHead(entries: readonly OutlineEntry[]): void {
    const first = this.#parts[0];
    const { parts, folded } = headParts(entries, this.#limits.parts - this.#parts.length);
    this.#droppedBytes = folded;
    const made = parts.map((part): OutputPart => {
      const base = { id: this.#newId(), seq: part.seq, size: part.bytes };
      if (part.kind === 'shelved') return { ...base, kind: 'shelved', what: part.what };
      const joins = part === parts.at(-1) && first?.kind === 'text';
      const buffer = joins ? first.buffer : this.#newBuffer();
      buffer.prepend(part.pieces);
      if (!joins) buffer.close(part.end);
      return { ...base, kind: 'text', buffer };
    });
    const last = made.at(-1);
    if (last?.kind === 'text' && first?.kind === 'text') {
      this.#parts = [
        ...made.slice(0, -1),
        { ...first, seq: last.seq, size: first.size + last.size },
        ...this.#parts.slice(1),
      ];
    } else {
      this.#parts = [...made, ...this.#parts];
    }
  }

  async #fillWanted(): Promise<void> {
    if (this.#filling) return;
    this.#filling = true;
    try {
      while (this.#wanted) {
        const { buffer, row } = this.#wanted;
        this.#wanted = null;
        const at = buffer.locate(row);
        if (at?.line === -1) await this.fill(buffer, at.piece);
      }
    } catch {
      // Main could not read it now: the rows stay away, and the next look asks again.
    } finally {
      this.#filling = false;
    }
  }

  #shelve(part: OutputPart): OutputPart {
    if (part.kind !== 'rich' || !this.#reader) return part;
    this.#richKept -= part.size;
    const { id, seq, size } = part;
    return { id, seq, size, kind: 'shelved', what: Object.keys(part.data)[0] ?? '' };
  }

  #trim(): void {
    const surplus = this.#parts.length - this.#limits.parts;
    if (surplus > 0) {
      for (const part of this.#parts.slice(0, surplus)) {
        this.#droppedBytes += part.size;
        if (part.kind === 'rich') this.#richKept -= part.size;
      }
      this.#parts = this.#parts.slice(surplus);
    }
    while (this.keptBytes > this.#limits.bytes) if (!this.#freeOne()) return;
  }

  /** Frees the largest buffer's least used segment, or the oldest value where values take more. */
  #freeOne(): boolean {
    let largest: LineBuffer | null = null;
    for (const part of this.#parts) {
      if (part.kind === 'text' && part.buffer.memory > (largest?.memory ?? 0)) largest = part.buffer;
    }
    if (this.#reader && this.#richKept > (largest?.memory ?? 0)) {
      const index = this.#parts.findIndex(({ kind }) => kind === 'rich');
      const oldest = this.#parts[index];
      if (oldest && index < this.#parts.length - 1) {
        this.#parts = this.#parts.with(index, this.#shelve(oldest));
        return true;
      }
    }
    return (largest?.releaseOldest() ?? 0) > 0;
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
type PartContent = DistributiveOmit<OutputPart, 'id' | 'seq' | 'size'>;

function partOf(event: Exclude<StoredOutput['event'], { type: 'text' }>): PartContent {
  switch (event.type) {
    case 'rich':
      return { kind: 'rich', role: event.role, data: event.data };
    case 'error':
      return { kind: 'error', error: event.error };
    case 'notice':
      return { kind: 'notice', level: event.level, text: event.text };
    case 'gap':
      return { kind: 'gap', reason: event.reason, bytes: event.bytes ?? null };
  }
}

function isLoaded(buffer: LineBuffer): boolean {
  for (let i = 0; i < buffer.pieceCount; i += 1) if (!buffer.piece(i)?.bytes) return false;
  return true;
}

/** What a part says as text; null where it has none. */
function textOf(part: OutputPart): string | null {
  if (part.kind === 'text') return part.buffer.text();
  if (part.kind === 'error') return part.error.traceback || `${part.error.name}: ${part.error.value}`;
  if (part.kind === 'notice') return part.text;
  if (part.kind === 'rich' && typeof part.data['text/plain'] === 'string') return part.data['text/plain'];
  return null;
}

/** About how much memory a bundle takes; strings are what counts. */
function sizeOf(data: MimeBundle): number {
  let size = 0;
  for (const value of Object.values(data)) {
    size += typeof value === 'string' ? value.length : JSON.stringify(value).length;
  }
  return size;
}
