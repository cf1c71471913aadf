/** Golden files: what a cell gives, one file for all drivers. `UPDATE_GOLDEN=1` writes them, from Local. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Collected } from '../support/runner.ts';

/** An execution without what may differ: how text is cut, times, the frames of a traceback, environment. */
function canonical({ events, result }: Collected): unknown {
  const output: Record<string, unknown>[] = [];
  for (const event of events) {
    const last = output.at(-1);
    if (event.type === 'text') {
      const text = Buffer.from(event.bytes).toString('utf8');
      if (last && last.stream === event.stream) last.text = `${String(last.text)}${text}`;
      else output.push({ stream: event.stream, text });
    } else if (event.type === 'rich') {
      output.push({ role: event.role, data: Object.fromEntries(Object.entries(event.data).sort()) });
    } else if (event.type !== 'error') output.push(event);
  }
  const { state, error } = result;
  return {
    output,
    state,
    ...(error ? { error: { name: error.name, value: error.value, line: error.line } } : {}),
  };
}

/** Compares with the golden file of that name. */
export function golden(name: string, ran: Collected): void {
  const file = join(import.meta.dirname, 'golden', `${name}.json`);
  const found = canonical(ran);
  if (process.env.UPDATE_GOLDEN === '1' && !existsSync(file)) {
    writeFileSync(file, `${JSON.stringify(found, null, 2)}\n`);
  }
  expect(found).toEqual(JSON.parse(readFileSync(file, 'utf8')));
}
