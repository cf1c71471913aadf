/** Output and the editor as the window works with them: over the whole bridge, with real Python behind it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Core } from '../../src-main/app/create-core.ts';
import { createOutputHandlers } from '../../src-main/app/handlers/output-handlers.ts';
import { ExecutionOutput } from '../../src-renderer/stores/output/execution-output.ts';
import { rowsOf } from '../../src-renderer/stores/output/row.ts';
import type { SpecboardApi } from '../../src-shared/contract/api.ts';
import { type Reply, SpecboardError } from '../../src-shared/contract/errors.ts';
import { systemClock } from '../../src-shared/lib/clock.ts';
import { type Bridge, createBridge } from '../ipc/support/bridge.ts';
import { openTestCore, temporaryFolder } from '../support/test-core.ts';

let core: Core;
let close: () => Promise<void>;
let bridge: Bridge;
let executions: SpecboardApi['executions'];
let sessionId: string;
let saveAs: string | null = null;
let home: ReturnType<typeof temporaryFolder>;

beforeAll(async () => {
  home = temporaryFolder();
  ({ core, close } = await openTestCore());
  bridge = createBridge({
    operations: createOutputHandlers(core, { chooseSaveFile: async () => saveAs } as never),
    options: { clock: systemClock, checkOutputs: true },
  });
  ({ executions } = bridge.api);
  sessionId = (await core.connect(core.profiles.default().id, { consent: true })).id;
});
afterAll(async () => {
  bridge.registration.dispose();
  await close();
  home.remove();
});

async function value<T>(reply: Promise<Reply<T>>): Promise<T> {
  const answer = await reply;
  if (!answer.ok) throw SpecboardError.fromProblem(answer.error);
  return answer.value;
}

async function run(code: string): Promise<string> {
  const { execution, done } = core.executions.run({ sessionId, language: 'python', code });
  expect((await done).state).toBe('succeeded');
  return execution.id;
}

test('names that are alive in the session complete what is typed; a session that is not there is an error', async () => {
  await run('sales_by_city = {"Berlin": 1}');
  expect(await value(executions.complete({ sessionId, code: 'print(sales_' }))).toEqual({
    stem: 'sales_',
    matches: ['sales_by_city'],
  });
  const keys = await value(executions.complete({ sessionId, code: 'sales_by_city.ke' }));
  expect(keys.matches.join()).toMatch(/^sales_by_city\.keys/);
  const missing = await executions.complete({ sessionId: '00000000-0000-4000-8000-000000000000', code: 'a' });
  expect(missing.ok).toBe(false);
});

test('a long output is outlined, found in, and every line of it is a read away', async () => {
  const id = await run('for n in range(100_000): print("row", n)');
  const stored = core.executions.get(id);
  const output = new ExecutionOutput({ bytes: 4_000_000, parts: 50 }, () => {}, {
    read: async (fromSeq, maxBytes) => core.db.executions.readOutput(id, fromSeq, maxBytes),
    outline: (from, to) => value(executions.outline({ executionId: id, from, to })),
  });
  const from = Math.floor(stored.outputCount / 2);
  output.startAt(from, 1);
  output.append(core.db.executions.readOutput(id, from, 100_000_000).items);
  output.setState('complete');
  await output.loadHead();
  const [part] = output.parts;
  if (part?.kind !== 'text') throw new Error('no text');
  expect(part.buffer.rowCount).toBe(100_000);
  for (const row of [0, 33_333, 99_999]) {
    const at = part.buffer.locate(row);
    if (at?.line === -1) await output.fill(part.buffer, at.piece);
    expect(rowsOf(part.buffer, { columns: 80 }, row, row + 1)[0]?.spans[0]?.text).toBe(`row ${row}`);
  }
  const found = await value(
    executions.find({ executionId: id, text: 'ROW 9999', matchCase: false, from: { seq: 0, offset: 0 } }),
  );
  expect(found.matches).toHaveLength(11);
  expect(found.next).toBeNull();
});

test('a value and code are saved where the person says, as what they are', async () => {
  const id = await run('class Page:\n    def _repr_html_(self): return "<b>hi</b>"\nPage()');
  saveAs = null;
  expect(await value(executions.saveValue({ executionId: id, seq: 0, type: 'text/html' }))).toBeNull();
  saveAs = join(home.path, 'page.html');
  expect(await value(executions.saveValue({ executionId: id, seq: 0, type: 'text/html' }))).toEqual({
    fileName: 'page.html',
    bytes: 9,
  });
  expect(readFileSync(saveAs, 'utf8')).toBe('<b>hi</b>');
  expect((await executions.saveValue({ executionId: id, seq: 9, type: 'text/html' })).ok).toBe(false);
  saveAs = join(home.path, 'job.py');
  await value(executions.saveCode({ name: 'job', language: 'python', code: 'print("ä")\n' }));
  expect(readFileSync(saveAs, 'utf8')).toBe('print("ä")\n');
});
