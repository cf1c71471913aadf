/** What serves the streams `download` and `upload`. A transfer ends with its window: nobody would see it, or could cancel it. */
import type { DownloadDialogs, TransferEnd, TransferProgress } from '../../src-shared/domain/file.ts';
import type { Clock } from '../../src-shared/lib/clock.ts';
import type { StreamHandlers } from '../ipc/register.ts';
import type { StreamWriter } from '../ipc/stream-server.ts';
import type { Core } from './create-core.ts';

/** Between two words about a transfer. */
const progressMs = 100;
/** What one of them costs the window, about. */
const frameBytes = 256;

/** Builds them. `dialogs`: those of the window that asks. */
export function createFileStreams(
  core: Core,
  dialogs: (windowId: number) => DownloadDialogs,
): Pick<StreamHandlers, 'download' | 'upload'> {
  const { fileDownloads, fileUploads, clock } = core;
  return {
    async download({ sessionId, paths }, writer, { windowId }) {
      const signal = untilStopped(writer);
      writer.open(null);
      let latest: TransferProgress = { bytes: 0, total: null, name: '' };
      const work = fileDownloads.download(
        sessionId,
        paths,
        dialogs(windowId),
        (progress) => {
          latest = progress;
        },
        signal,
      );
      writer.end(await reporting(writer, clock, work, () => latest));
    },
    async upload(request, writer, { windowId }) {
      const upload = fileUploads.begin(request, windowId, untilStopped(writer));
      writer.open({ uploadId: upload.id });
      writer.end(await reporting(writer, clock, upload.done, () => upload.progress()));
    },
  };
}

/** Tells how far the work is until it has ended. */
async function reporting<T extends TransferEnd | null>(
  writer: StreamWriter<'download'> | StreamWriter<'upload'>,
  clock: Clock,
  work: Promise<T>,
  progress: () => TransferProgress,
): Promise<T> {
  let timer: { dispose(): void } | null = null;
  let told = -1;
  const tell = () => {
    const now = progress();
    if (now.bytes !== told) void writer.data(now, frameBytes);
    told = now.bytes;
    timer = clock.after(progressMs, tell);
  };
  timer = clock.after(progressMs, tell);
  try {
    return await work;
  } finally {
    timer.dispose();
  }
}

function untilStopped(writer: StreamWriter<'download'> | StreamWriter<'upload'>): AbortSignal {
  const controller = new AbortController();
  writer.onCancel(() => controller.abort());
  writer.onClosed(() => controller.abort());
  return controller.signal;
}
