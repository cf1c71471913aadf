/** The code interpreter's events as we use them, checked: what comes from a sandbox is hostile input. */
import type { Json } from '../../../src-shared/domain/json.ts';

/** One event of POST /execute. */
export type CellEvent =
  | { type: 'count' }
  | { type: 'text'; stream: 'stdout' | 'stderr'; text: string }
  | { type: 'result'; isMain: boolean; fields: Record<string, Json> }
  | { type: 'error'; name: string; value: string; traceback: string }
  | { type: 'keepalive' }
  | { type: 'end' }
  | { type: 'unknown' };

/** Parses one line. Null where it is not an event at all. */
export function parseCellEvent(line: Buffer): CellEvent | null {
  let value: unknown;
  try {
    value = JSON.parse(line.toString('utf8'));
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const fields = value as Record<string, Json>;
  switch (fields.type) {
    case 'number_of_executions':
      return { type: 'count' };
    case 'stdout':
    case 'stderr':
      return { type: 'text', stream: fields.type, text: text(fields.text) };
    case 'result': {
      const { type: _type, is_main_result: isMain, ...rest } = fields;
      return { type: 'result', isMain: isMain === true, fields: rest };
    }
    case 'error':
      return {
        type: 'error',
        name: text(fields.name),
        value: text(fields.value),
        traceback: Array.isArray(fields.traceback)
          ? fields.traceback.map(text).join('\n')
          : text(fields.traceback),
      };
    case 'keepalive':
      return { type: 'keepalive' };
    case 'end_of_execution':
      return { type: 'end' };
    default:
      return { type: 'unknown' };
  }
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
