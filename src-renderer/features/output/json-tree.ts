/** JSON as the rows of a tree: which nodes are open is a set of paths, what is shown is a flat list. Pure. */
import type { Json } from '../../../src-shared/domain/json.ts';
import { plainText } from '../../stores/output/ansi.ts';

/** One row of the tree. */
export interface JsonRow {
  /** Steps from the root; also what identifies the row. */
  path: readonly (string | number)[];
  id: string;
  name: string | null;
  depth: number;
  /** Null for a value without children. */
  open: boolean | null;
  kind: 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null' | 'more';
  /** Children, of objects and arrays; entries left out, of `more`. */
  count: number;
  text: string;
  value: Json;
  /** Place among its siblings, from 1. */
  position: number;
  siblings: number;
}

/** Children shown of one node until more are asked for. */
export const childrenShown = 100;
/** Rows that "Expand all" opens at most. */
export const mostRows = 2000;
const longestText = 2000;

/** The rows that are shown. `open`: ids of open nodes; `wide`: ids of nodes of which all children are shown. */
export function jsonRows(value: Json, open: ReadonlySet<string>, wide: ReadonlySet<string>): JsonRow[] {
  const rows: JsonRow[] = [];
  add(rows, value, [], null, 1, 1, open, wide);
  return rows;
}

function add(
  rows: JsonRow[],
  value: Json,
  path: readonly (string | number)[],
  name: string | null,
  position: number,
  siblings: number,
  open: ReadonlySet<string>,
  wide: ReadonlySet<string>,
): void {
  const id = idOf(path);
  const depth = path.length;
  const entries = entriesOf(value);
  const base = { path, id, name, depth, value, position, siblings };
  if (!entries) {
    const kind = value === null ? 'null' : (typeof value as 'string' | 'number' | 'boolean');
    rows.push({
      ...base,
      open: null,
      kind,
      count: 0,
      text: plainText(JSON.stringify(value)).slice(0, longestText),
    });
    return;
  }
  const isOpen = open.has(id);
  const kind = Array.isArray(value) ? 'array' : 'object';
  rows.push({ ...base, open: isOpen, kind, count: entries.length, text: previewOf(value, entries) });
  if (!isOpen) return;
  const shown = wide.has(id) ? entries : entries.slice(0, childrenShown);
  for (const [index, [key, child]] of shown.entries()) {
    add(rows, child, [...path, key], plainText(String(key)), index + 1, entries.length, open, wide);
  }
  if (shown.length < entries.length) {
    const rest = entries.length - shown.length;
    const more = {
      ...base,
      id: `${id}…`,
      depth: depth + 1,
      position: shown.length + 1,
      siblings: shown.length + 1,
    };
    rows.push({ ...more, name: null, open: null, kind: 'more', count: rest, text: '' });
  }
}

/** Ids of nodes to open so that about `limit` rows are shown, level by level; `all` false where that was not everything. */
export function expandAll(value: Json, limit: number): { open: Set<string>; all: boolean } {
  const open = new Set<string>();
  let rows = 1;
  let level: { value: Json; path: readonly (string | number)[] }[] = [{ value, path: [] }];
  while (level.length > 0) {
    const next: typeof level = [];
    for (const node of level) {
      const entries = entriesOf(node.value);
      if (!entries || entries.length === 0) continue;
      const shown = entries.slice(0, childrenShown);
      if (rows + shown.length > limit) return { open, all: false };
      rows += shown.length;
      open.add(idOf(node.path));
      for (const [key, child] of shown) next.push({ value: child, path: [...node.path, key] });
    }
    level = next;
  }
  return { open, all: true };
}

/** The path as Python and JavaScript write it: `["a"][0]`. */
export function pathText(path: readonly (string | number)[]): string {
  return path.map((step) => `[${JSON.stringify(step)}]`).join('');
}

function idOf(path: readonly (string | number)[]): string {
  return `$${path.map((step) => `/${JSON.stringify(step)}`).join('')}`;
}

function entriesOf(value: Json): [string | number, Json][] | null {
  if (Array.isArray(value)) return value.map((child, index) => [index, child]);
  if (typeof value === 'object' && value !== null) return Object.entries(value);
  return null;
}

/** A glance at what is inside of a closed node. */
function previewOf(value: Json, entries: readonly [string | number, Json][]): string {
  const isArray = Array.isArray(value);
  const parts = entries.slice(0, 5).map(([key, child]) => {
    const short = entriesOf(child)
      ? Array.isArray(child)
        ? '[…]'
        : '{…}'
      : JSON.stringify(child).slice(0, 30);
    return isArray ? short : `${key}: ${short}`;
  });
  if (entries.length > 5) parts.push('…');
  const inside = plainText(parts.join(', '));
  return isArray ? `[${inside}]` : `{${inside}}`;
}
