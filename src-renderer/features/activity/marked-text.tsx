/** A piece of code or output with what was found in it marked. Text only: it is hostile input. */
import type { ReactNode } from 'react';
import type { Snippet } from '../../../src-shared/contract/history-operations.ts';

/** Draws `snippet`; ranges that make no sense are left out. */
export function MarkedText({ snippet: { text, marks } }: { snippet: Snippet }) {
  const parts: ReactNode[] = [];
  let at = 0;
  for (const [from, to] of marks) {
    if (from < at || to <= from || to > text.length) continue;
    parts.push(text.slice(at, from), <mark key={from}>{text.slice(from, to)}</mark>);
    at = to;
  }
  parts.push(text.slice(at));
  return <>{parts}</>;
}
