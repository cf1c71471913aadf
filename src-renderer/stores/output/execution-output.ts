/**
 * The output of one execution as the window keeps it: parts in the order they came, a bounded tail of them, and a version
 * that changes when listeners are told (at most ten times a second: flush-clock.ts). React reads it, and never owns it.
 */
import type { CodeError, MimeBundle, StoredOutput } from '../../../src-shared/domain/execution.ts';
import { LineBuffer } from './line-buffer.ts';

/** A part of the output, drawn as one piece. */
export type OutputPart = { id: number; size: number } & (
  | { kind: 'text'; buffer: LineBuffer }
  | { kind: 'rich'; role: 'display' | 'result'; data: MimeBundle }
  | { kind: 'error'; error: CodeError }
  | { kind: 'notice'; level: 'info' | 'warning'; text: string }
  | { kind: 'gap'; reason: string; bytes: number | null }
);

/** What the window keeps of one execution; older output is read from main when it is asked for. */
export interface OutputLimits {
  bytes: number;
  rows: number;
  parts: number;
}

/** 24 MB and 600,000 rows: well under what Chromium can scroll (33.5 million pixels). */
export const defaultLimits: OutputLimits = { bytes: 24 * 1_048_576, rows: 600_000, parts: 400 };

/** Where the output stands. */
export type OutputState = 'idle' | 'loading' | 'live' | 'complete' | 'failed';

/** See the head of the file. */
export class ExecutionOutput {
  readonly #limits: OutputLimits;
  readonly #requestFlush: () => void;
  readonly #listeners = new Set<() => void>();
  #parts: OutputPart[] = [];
  #nextPart = 0;
  #nextSeq = 0;
  #kept = 0;
  #total = 0;
  #droppedBytes = 0;
  #version = 0;
  #columns = Number.POSITIVE_INFINITY;
  #state: OutputState = 'idle';
  #dirty = false;
  #richKept = 0;

  constructor(limits: OutputLimits, requestFlush: () => void) {
    this.#limits = limits;
    this.#requestFlush = requestFlush;
  }

  /** The parts kept, oldest first. Replaced when parts come or go, the same array otherwise. */
  get parts(): readonly OutputPart[] {
    return this.#parts;
  }

  /** Position to attach from: one more than the last event seen. */
  get nextSeq(): number {
    return this.#nextSeq;
  }

  /** Bytes held in memory. */
  get keptBytes(): number {
    return this.#kept;
  }

  /** Bytes that came, dropped ones included. */
  get totalBytes(): number {
    return this.#total;
  }

  /** Bytes that are in main only. */
  get droppedBytes(): number {
    return this.#droppedBytes;
  }

  /** Whether, and how, output is coming. */
  get state(): OutputState {
    return this.#state;
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
    this.#touch();
  }

  /** Starts from `seq` instead of 0, when the earlier output is left in main. */
  startAt(seq: number, droppedBytes: number): void {
    this.#nextSeq = seq;
    this.#droppedBytes = droppedBytes;
    this.#total = droppedBytes;
  }

  /** Takes events in; those seen before are dropped, missing ones become a gap. */
  append(items: readonly StoredOutput[]): void {
    for (const item of items) {
      if (item.seq < this.#nextSeq) continue;
      if (item.seq > this.#nextSeq) this.#push({ kind: 'gap', reason: '', bytes: null }, 0);
      this.#nextSeq = item.seq + 1;
      this.#take(item.event);
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

  /** Forgets everything, so that it can be read from main again. */
  clear(): void {
    this.#parts = [];
    this.#nextSeq = 0;
    this.#kept = 0;
    this.#total = 0;
    this.#droppedBytes = 0;
    this.#richKept = 0;
    this.#state = 'idle';
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
    const { buffer } = part;
    const decoder = new TextDecoder();
    const first = Math.max(0, buffer.lineCount - count);
    return Array.from({ length: buffer.lineCount - first }, (_, i) =>
      decoder.decode(buffer.line(first + i)?.bytes ?? new Uint8Array()),
    );
  }

  /** All kept text, for "Copy". */
  text(): string {
    const pieces: string[] = [];
    for (const part of this.#parts) {
      if (part.kind === 'text') pieces.push(part.buffer.text());
      else if (part.kind === 'error')
        pieces.push(part.error.traceback || `${part.error.name}: ${part.error.value}`);
      else if (part.kind === 'notice') pieces.push(part.text);
      else if (part.kind === 'rich' && typeof part.data['text/plain'] === 'string') {
        pieces.push(part.data['text/plain']);
      }
    }
    return pieces.join('\n');
  }

  #touch(): void {
    this.#dirty = true;
    this.#requestFlush();
  }

  #take(event: StoredOutput['event']): void {
    switch (event.type) {
      case 'text': {
        this.#total += event.bytes.length;
        const part = this.#textPart();
        const before = part.buffer.byteLength;
        part.buffer.append(event.bytes, event.stream);
        const grown = part.buffer.byteLength - before;
        part.size += grown;
        this.#kept += grown;
        if (this.#kept > this.#limits.bytes || part.buffer.rowCount > this.#limits.rows) this.#trim();
        return;
      }
      case 'rich': {
        const size = sizeOf(event.data);
        this.#total += size;
        this.#push({ kind: 'rich', role: event.role, data: event.data }, size);
        return;
      }
      case 'error':
        this.#push({ kind: 'error', error: event.error }, event.error.traceback.length);
        return;
      case 'notice':
        this.#push({ kind: 'notice', level: event.level, text: event.text }, event.text.length);
        return;
      case 'gap':
        this.#push({ kind: 'gap', reason: event.reason, bytes: event.bytes ?? null }, 0);
    }
  }

  #textPart(): OutputPart & { kind: 'text' } {
    const last = this.#parts.at(-1);
    if (last?.kind === 'text') return last;
    const part: OutputPart & { kind: 'text' } = {
      id: this.#nextPart,
      size: 0,
      kind: 'text',
      buffer: new LineBuffer(),
    };
    this.#nextPart += 1;
    part.buffer.setColumns(this.#columns);
    this.#parts = [...this.#parts, part];
    return part;
  }

  #push(part: DistributiveOmit<OutputPart, 'id' | 'size'>, size: number): void {
    this.#parts = [...this.#parts, { ...part, id: this.#nextPart, size } as OutputPart];
    this.#nextPart += 1;
    this.#kept += size;
    this.#richKept += size;
    if (this.#parts.length > this.#limits.parts || this.#richKept > this.#limits.bytes) this.#trim();
  }

  #trim(): void {
    while (this.#parts.length > 0 && this.#isOver()) {
      const first = this.#parts[0];
      if (!first) return;
      const freed = first.kind === 'text' ? first.buffer.dropOldest() : 0;
      if (freed > 0) {
        first.size -= freed;
        this.#kept -= freed;
        this.#droppedBytes += freed;
      } else if (this.#parts.length > 1) {
        this.#parts = this.#parts.slice(1);
        this.#kept -= first.size;
        this.#droppedBytes += first.size;
        if (first.kind !== 'text') this.#richKept -= first.size;
      } else {
        return;
      }
    }
  }

  #isOver(): boolean {
    if (this.#kept > this.#limits.bytes || this.#parts.length > this.#limits.parts) return true;
    let rows = 0;
    for (const part of this.#parts) if (part.kind === 'text') rows += part.buffer.rowCount;
    return rows > this.#limits.rows;
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** About how much memory a bundle takes; strings are what counts. */
function sizeOf(data: MimeBundle): number {
  let size = 0;
  for (const value of Object.values(data)) {
    size += typeof value === 'string' ? value.length : JSON.stringify(value).length;
  }
  return size;
}
