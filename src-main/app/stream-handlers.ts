/** What serves the streams of the bridge: output of an execution as it is stored, resource readings, terminals. */
import type { StoredOutput } from '../../src-shared/domain/execution.ts';
import type { DownloadDialogs } from '../../src-shared/domain/file.ts';
import type { StreamHandlers } from '../ipc/register.ts';
import type { StreamWriter } from '../ipc/stream-server.ts';
import { sizeOf } from '../services/output-log.ts';
import type { Core } from './create-core.ts';
import { createFileStreams } from './file-streams.ts';

/** Builds the handlers. A stream whose window goes away detaches: the execution goes on. */
export function createStreamHandlers(
  core: Core,
  dialogs: (windowId: number) => DownloadDialogs,
): StreamHandlers {
  const { executions, metrics } = core;
  return {
    ...createFileStreams(core, dialogs),
    async execute({ sessionId, language, code, timeoutMs }, writer) {
      const { execution } = executions.run({ sessionId, language, code, timeoutMs });
      writer.open(execution);
      writer.onCancel((force) => executions.cancel(execution.id, { force }));
      await sendOutput(core, execution.id, 0, writer);
    },
    async attach({ executionId, fromSeq }, writer) {
      writer.open(executions.get(executionId));
      writer.onCancel((force) => executions.cancel(executionId, { force }));
      await sendOutput(core, executionId, fromSeq, writer);
    },
    async metrics({ sessionId }, writer) {
      writer.open(null);
      for await (const samples of metrics.watch(sessionId, closedSignal(writer))) {
        await writer.data(samples, samples.length * 128);
      }
      writer.end(null);
    },
    terminal({ terminalId }, writer) {
      core.keptTerminals.attach(terminalId, writer);
    },
  };
}

async function sendOutput(
  core: Core,
  executionId: string,
  fromSeq: number,
  writer: StreamWriter<'execute'> | StreamWriter<'attach'>,
): Promise<void> {
  const follower = core.executions.follow(executionId, fromSeq, {
    patient: false,
    signal: closedSignal(writer),
  });
  for await (const items of follower) {
    const cost = items.reduce((sum, { event }) => sum + sizeOf(event), 0);
    await writer.data(items.map(withOwnBytes), cost);
  }
  writer.end(await core.executions.resultOf(executionId));
}

/**
 * Structured clone copies the whole memory behind a view. Small Buffers share a pool with other data of this process, which
 * is nobody else's business.
 */
function withOwnBytes(item: StoredOutput): StoredOutput {
  const { event } = item;
  if (event.type !== 'text') return item;
  return { ...item, event: { ...event, bytes: new Uint8Array(event.bytes) } };
}

function closedSignal(writer: { onClosed: StreamWriter<'attach'>['onClosed'] }): AbortSignal {
  const controller = new AbortController();
  writer.onClosed(() => controller.abort());
  return controller.signal;
}
