/** The block of code around a line: what "run the block at the cursor" runs. Pure. */
import type { Language } from '../../../src-shared/domain/execution.ts';

/** Lines from `first` to `last`, both included, from 0. */
export interface LineBlock {
  first: number;
  last: number;
}

/**
 * In Python the statement on the top level that the line is part of, with its decorators, branches and what is indented below
 * it; in shell the lines without an empty one between them. Null where the line and all around it are empty.
 */
export function blockAround(lines: readonly string[], line: number, language: Language): LineBlock | null {
  let at = line;
  while (at < lines.length && isBlank(lines[at])) at += 1;
  if (at === lines.length) {
    at = line;
    while (at >= 0 && isBlank(lines[at])) at -= 1;
    if (at < 0) return null;
  }
  return language === 'python' ? pythonBlock(lines, at) : paragraph(lines, at);
}

function paragraph(lines: readonly string[], at: number): LineBlock {
  let first = at;
  let last = at;
  while (first > 0 && !isBlank(lines[first - 1])) first -= 1;
  while (last < lines.length - 1 && !isBlank(lines[last + 1])) last += 1;
  return { first, last };
}

function pythonBlock(lines: readonly string[], at: number): LineBlock {
  let first = at;
  while (first > 0 && !startsStatement(lines[first])) first -= 1;
  // Decorators belong to what is below them.
  while (first > 0 && /^@/.test(lines[first - 1] ?? '')) first -= 1;
  let last = Math.max(first, at);
  while (last < lines.length - 1 && /^@/.test(lines[last] ?? '')) last += 1;
  while (last < lines.length - 1) {
    let next = last + 1;
    while (next < lines.length && isBlank(lines[next])) next += 1;
    if (next >= lines.length || startsStatement(lines[next])) break;
    last = next;
  }
  return { first, last };
}

/** A line on the top level that begins something: not indented, not a closing bracket, not a branch of what is above. */
function startsStatement(line: string | undefined): boolean {
  return line !== undefined && /^[^\s)\]}#]/.test(line) && !/^(else|elif|except|finally)\b/.test(line);
}

function isBlank(line: string | undefined): boolean {
  return line === undefined || line.trim() === '';
}
