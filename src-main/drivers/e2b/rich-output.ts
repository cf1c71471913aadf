/** Result events as MIME bundles: the same types, limits and cuts as the runner's, so that a cell looks the same everywhere. */
import type { MimeBundle, OutputEvent } from '../../../src-shared/domain/execution.ts';
import type { Json } from '../../../src-shared/domain/json.ts';

const MIME: Readonly<Record<string, string>> = {
  text: 'text/plain',
  html: 'text/html',
  markdown: 'text/markdown',
  svg: 'image/svg+xml',
  png: 'image/png',
  jpeg: 'image/jpeg',
  pdf: 'application/pdf',
  latex: 'text/latex',
  json: 'application/json',
  javascript: 'application/javascript',
  data: 'application/vnd.specboard.table+json',
  chart: 'application/vnd.specboard.chart+json',
};
const BINARY = new Set(['image/png', 'image/jpeg', 'application/pdf']);

/** Largest single value, and largest bundle, in bytes (as in resources/runner.py). */
const MAX_VALUE = 5 * 1024 * 1024;
const MAX_BUNDLE = 7 * 1024 * 1024;
const MAX_TEXT = MAX_BUNDLE / 4;

/** The events of one result: the bundle, then a gap for each value that was too large. */
export function richEvents(isMain: boolean, fields: Readonly<Record<string, Json>>): OutputEvent[] {
  const values = mimeValues(fields);
  const data: MimeBundle = {};
  const gaps: OutputEvent[] = [];
  let total = 0;
  // The text first: it always fits.
  for (const [mime, value] of values.sort(
    ([a], [b]) => Number(b === 'text/plain') - Number(a === 'text/plain'),
  )) {
    const size = Buffer.byteLength(JSON.stringify(value));
    if (mime === 'text/plain' && typeof value === 'string' && size > MAX_TEXT) {
      const keep = Math.floor((MAX_TEXT * value.length) / size);
      data[mime] = `${value.slice(0, keep)}\n... (${value.length - keep} more characters)`;
      total += MAX_TEXT;
      gaps.push(gap('The text of this value was shortened', size));
    } else if (size > MAX_VALUE || total + size > MAX_BUNDLE) {
      gaps.push(gap(`${mime} was left out`, size));
    } else {
      data[mime] = value;
      total += size;
    }
  }
  if (Object.keys(data).length === 0 && gaps.length === 0) return [];
  return [{ type: 'rich', role: isMain ? 'result' : 'display', data }, ...gaps];
}

function gap(what: string, bytes: number): OutputEvent {
  return { type: 'gap', reason: `${what}: it is larger than a value may be`, bytes };
}

function mimeValues(fields: Readonly<Record<string, Json>>): [string, Json][] {
  const found: [string, Json][] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (value === null || value === undefined) continue;
    const mime = MIME[name];
    if (mime) found.push([mime, normal(mime, value)]);
    else if (name === 'extra' && typeof value === 'object' && !Array.isArray(value)) {
      for (const [extra, data] of Object.entries(value)) {
        if (extra.includes('/') && data !== null) found.push([extra, normal(extra, data)]);
      }
    }
  }
  return found;
}

/** Base64 comes with line breaks from some libraries. */
function normal(mime: string, value: Json): Json {
  return BINARY.has(mime) && typeof value === 'string' ? value.replace(/\s+/g, '') : value;
}
