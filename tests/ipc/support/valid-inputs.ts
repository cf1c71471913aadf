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
  'sandboxes.list': { profileId: uuid(1) },
  'sandboxes.attach': { profileId: uuid(1), sandboxId: 'box' },
  'sandboxes.end': { profileId: uuid(1), sandboxId: 'box' },
  'executions.list': { sessionId: uuid(1), state: 'failed', before: 1, limit: 500 },
  'executions.get': { executionId: uuid(1) },
  'executions.output': { executionId: uuid(1), fromSeq: 0, maxBytes: 1024 },
  'executions.cancel': { executionId: uuid(1), force: true },
  'executions.saveOutput': { executionId: uuid(1), stream: 'stderr' },
  'questions.answer': { questionId: 'q', answer: 'skip' },
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
};
