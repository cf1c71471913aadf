/** What answers the operations of `contract/file-operations.ts`. */
import type { fileOperations } from '../../../src-shared/contract/file-operations.ts';
import type { OperationHandlers } from '../../ipc/register.ts';
import type { Core } from '../create-core.ts';

/** Nobody waits longer for a listing or a preview; what a person really wants they ask for again. */
const deadlineMs = 60_000;

/** Builds them. */
export function createFileHandlers({
  files,
  fileEdits,
  fileUploads,
}: Core): Pick<OperationHandlers, keyof typeof fileOperations> {
  const soon = () => AbortSignal.timeout(deadlineMs);
  return {
    'files.list': ({ sessionId, path }) => fileEdits.list(sessionId, path, soon()),
    'files.readText': ({ sessionId, path }) => fileEdits.readText(sessionId, path, soon()),
    'files.readImage': ({ sessionId, path }) => fileEdits.readImage(sessionId, path, soon()),
    'files.write': ({ sessionId, path, text, expected }) =>
      fileEdits.save(sessionId, path, text, expected, soon()),
    'files.copy': async ({ sessionId, from, to }) => {
      await fileEdits.copy(sessionId, from, to);
      return null;
    },
    'files.move': async ({ sessionId, from, to }) => {
      await fileEdits.move(sessionId, from, to, soon());
      return null;
    },
    'files.makeDir': async ({ sessionId, path }) => {
      await fileEdits.makeDir(sessionId, path, soon());
      return null;
    },
    'files.remove': async ({ sessionId, path }) => {
      // A large folder takes its time.
      await files.remove(sessionId, path);
      return null;
    },
    'files.uploadPiece': ({ uploadId, pieces, last }, caller) =>
      fileUploads.take(uploadId, caller.windowId, pieces, last),
  };
}
