/** Stored output of the scenario, looked at by the real code of the main process; and what the editor may ask. */

import { findIn } from '../../../src-main/services/output/find.ts';
import { outlineOf } from '../../../src-main/services/output/outline.ts';
import type { OutputReader } from '../../../src-main/services/output/output-reader.ts';
import type { SpecboardApi } from '../../../src-shared/contract/api.ts';
import type { StoredOutput } from '../../../src-shared/domain/execution.ts';
import { refuse, type ScenarioMain } from './main-process.ts';

type Methods = Pick<
  SpecboardApi['executions'],
  'output' | 'outline' | 'find' | 'saveValue' | 'saveCode' | 'complete'
>;

/** The methods of `window.specboard.executions` that read what is stored. */
export function storedOutputMethods(
  main: ScenarioMain,
  called: (name: string, input: unknown) => Promise<void>,
): Methods {
  const reader: OutputReader = {
    readOutput: (id, fromSeq, maxBytes) => pageOf(main.running.get(id)?.items ?? [], fromSeq, maxBytes),
  };
  const ok = <T>(value: T) => ({ ok: true as const, value: structuredClone(value) });
  return {
    async output({ executionId, fromSeq, maxBytes }) {
      await called('executions.output', { executionId, fromSeq });
      return ok(reader.readOutput(executionId, fromSeq, maxBytes));
    },
    async outline(input) {
      await called('executions.outline', input);
      return ok(outlineOf(reader, input.executionId, input.from, input.to));
    },
    async find({ executionId, text, matchCase, from }) {
      await called('executions.find', { text, matchCase, from });
      return ok(findIn(reader, executionId, { text, matchCase }, from));
    },
    async saveValue(input) {
      await called('executions.saveValue', input);
      const event = main.running.get(input.executionId)?.items[input.seq]?.event;
      if (event?.type !== 'rich' || !(input.type in event.data)) return refuse('not-found', 'No such value.');
      return ok({ fileName: `run 1 value ${input.seq}.png`, bytes: 70 });
    },
    async saveCode(input) {
      await called('executions.saveCode', input);
      return ok({ fileName: `${input.name}.py`, bytes: input.code.length });
    },
    async complete(input) {
      await called('executions.complete', input);
      const stem = /[\w.]*$/.exec(input.code)?.[0] ?? '';
      const names = ['sales_by_city', 'sales_total', 'sales.columns'];
      return ok({ stem, matches: names.filter((name) => name.startsWith(stem) && stem !== '') });
    },
  };
}

/** Items are stored in order from 0, without gaps. */
function pageOf(items: readonly StoredOutput[], fromSeq: number, maxBytes: number) {
  const page: StoredOutput[] = [];
  let bytes = 0;
  for (let at = fromSeq; at < items.length; at += 1) {
    const item = items[at];
    if (!item) break;
    // Read first: what is generated is generated once.
    const { seq, at: time, event } = item;
    bytes += event.type === 'text' ? event.bytes.length : 100;
    if (bytes > maxBytes && page.length > 0) return { items: page, next: seq };
    page.push({ seq, at: time, event });
  }
  return { items: page, next: null };
}
