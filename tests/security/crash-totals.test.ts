/** What is stored of an execution is true at every moment, because the process may die at every moment. */
import { expect, onTestFinished, test } from 'vitest';
import { FakeClock } from '../support/fake-clock.ts';
import { never, ScriptedDriver } from '../support/scripted-driver.ts';
import { eventually, openTestCore } from '../support/test-core.ts';

test('a cancel while output waits to be stored does not count that output as stored', async () => {
  const driver = new ScriptedDriver();
  // The clock stands still: the first piece is stored at once, what follows waits.
  const { core, close } = await openTestCore({ registry: driver.registry(), clock: new FakeClock() });
  onTestFinished(close);
  const session = await core.connect(core.profiles.default().id);
  const text = (value: string) => ({
    type: 'text' as const,
    stream: 'stdout' as const,
    bytes: Buffer.from(value),
  });
  driver.execute = async (_request, sink) => {
    await sink.write(text('stored'));
    await sink.write({ type: 'notice', level: 'info', text: 'waits' });
    await sink.write(text('waits too'));
    return never();
  };
  const { execution } = core.executions.run({ sessionId: session.id, language: 'python', code: '1' });
  await eventually('it runs', () => driver.calls.some((call) => call.startsWith('execute')));
  core.executions.cancel(execution.id, { force: false });
  const { items } = core.db.executions.readOutput(execution.id, 0, 1e6);
  expect(core.db.executions.get(execution.id)).toMatchObject({
    state: 'cancelling',
    outputCount: items.length,
  });
});
