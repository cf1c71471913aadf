/** A line on a terminal that is written over: progress for a person who waits. Nothing where nobody sits there. */
import { isInteractiveOutput, type Terminal } from './terminal.ts';

/** See the file's first line. */
export interface StatusLine {
  /** Shows the text instead of what stood there. At most ten times a second; the last one is not lost by `clear`. */
  show(text: string): void;
  /** Takes it away; idempotent. */
  clear(): void;
}

const leastMs = 100;

/** A line on standard error. */
export function createStatusLine(terminal: Terminal, now: () => number): StatusLine {
  if (!isInteractiveOutput(terminal)) return { show: () => {}, clear: () => {} };
  let shownAt = Number.NEGATIVE_INFINITY;
  let isShown = false;
  return {
    show(text) {
      if (now() - shownAt < leastMs) return;
      shownAt = now();
      isShown = true;
      const width = (terminal.stderr as { columns?: number }).columns ?? 80;
      terminal.stderr.write(`\r\x1b[K${text.slice(0, Math.max(1, width - 1))}`);
    },
    clear() {
      if (isShown) terminal.stderr.write('\r\x1b[K');
      isShown = false;
    },
  };
}
