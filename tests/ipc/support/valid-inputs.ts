/** One valid input for every operation and stream; the type makes a missing one a compile error. */
import type { OperationInput, OperationName } from '../../../src-shared/contract/operations.ts';
import type { StreamInput, StreamName } from '../../../src-shared/contract/streams.ts';
import { uuid } from '../../unit/platform/support/statuses.ts';

/** By operation. */
export const validInputs: { [N in OperationName]: OperationInput<N> } = {
  connect: { profileId: uuid(1), consent: true },
  disconnect: { sessionId: uuid(1), keep: 'pause' },
  status: {},
  'drivers.list': {},
  'profiles.create': { name: 'a', driverType: 'local', settings: { deep: { list: [1, null] } } },
  'profiles.update': { profileId: uuid(1), name: 'b', settings: {} },
  'profiles.duplicate': { profileId: uuid(1) },
  'profiles.remove': { profileId: uuid(1) },
  'profiles.setDefault': { profileId: uuid(1) },
  'profiles.test': { profileId: uuid(1) },
  'profiles.suggest': { driverType: 'docker', profileId: null, settings: { image: 'a' }, key: 'image' },
  'credentials.set': { profileId: uuid(1), values: { apiKey: 'e2b_x' }, sessionOnly: false },
  'credentials.clear': { profileId: uuid(1), field: 'apiKey' },
  'credentials.refresh': {},
  'sessions.list': { limit: 5 },
  'sessions.reattach': { sessionId: uuid(1) },
  'sessions.endSandbox': { sessionId: uuid(1) },
  'sessions.dismiss': { sessionId: uuid(1) },
  'sessions.extend': { sessionId: uuid(1), minutes: 30 },
  'sessions.pause': { sessionId: uuid(1) },
  'sessions.restartKernel': { sessionId: uuid(1) },
  'sessions.reconnectNow': { sessionId: uuid(1) },
  'ports.address': { sessionId: uuid(1), port: 8080 },
  'files.list': { sessionId: uuid(1), path: '.' },
  'files.readText': { sessionId: uuid(1), path: 'a b.txt' },
  'files.readImage': { sessionId: uuid(1), path: '/home/a.png' },
  'files.write': {
    sessionId: uuid(1),
    path: 'a',
    text: 'x',
    expected: { modifiedAt: 1, size: 2, sha256: 'ab' },
  },
  'files.copy': { sessionId: uuid(1), from: 'a', to: 'b' },
  'files.move': { sessionId: uuid(1), from: 'a', to: 'b' },
  'files.makeDir': { sessionId: uuid(1), path: 'd' },
  'files.remove': { sessionId: uuid(1), path: 'd' },
  'files.uploadPiece': {
    uploadId: uuid(1),
    pieces: [
      { entry: { path: 'a/b', folder: false, size: 1, modifiedAt: 5 }, bytes: new Uint8Array([1]) },
      { entry: null, bytes: new Uint8Array([2]) },
    ],
    last: true,
  },
  'sandboxes.list': { profileId: uuid(1) },
  'sandboxes.attach': { profileId: uuid(1), sandboxId: 'box' },
  'sandboxes.end': { profileId: uuid(1), sandboxId: 'box' },
  'executions.list': { sessionId: uuid(1), state: 'failed', before: 1, limit: 500 },
  'executions.get': { executionId: uuid(1) },
  'executions.output': { executionId: uuid(1), fromSeq: 0, maxBytes: 1024 },
  'executions.cancel': { executionId: uuid(1), force: true },
  'executions.saveOutput': { executionId: uuid(1), stream: 'stderr' },
  'questions.answer': { questionId: 'q', answer: 'skip' },
  'shell.showing': { profileId: uuid(1), sessionId: null, tab: 'run' },
  'shell.diagnostics': {},
  'shell.openLogs': {},
  'settings.reset': {},
  'settings.get': {},
  'settings.update': { theme: 'dark', notifyAfterSeconds: 5 },
  'shell.openExternal': { url: 'https://example.com' },
  'shell.chooseFolder': {},
};

/** By stream. */
export const validStreamInputs: { [N in StreamName]: StreamInput<N> } = {
  execute: { sessionId: uuid(1), language: 'python', code: '1', timeoutMs: 1000 },
  attach: { executionId: uuid(1), fromSeq: 3 },
  metrics: { sessionId: uuid(1) },
  download: { sessionId: uuid(1), paths: ['a', 'b'] },
  upload: { sessionId: uuid(1), path: 'a', folder: false, size: 3, replace: false },
};
