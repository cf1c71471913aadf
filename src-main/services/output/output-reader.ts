/** What looking at stored output needs of the database. */
import type { StoredOutput } from '../../../src-shared/domain/execution.ts';

/** Where in stored output something is: an event, and a byte of its text. */
export interface Position {
  seq: number;
  offset: number;
}

/** Stored output from `fromSeq` on: as many events as fit into `maxBytes`, at least one; `next` null at the end. */
export interface OutputReader {
  readOutput(
    executionId: string,
    fromSeq: number,
    maxBytes: number,
  ): { items: StoredOutput[]; next: number | null };
}
