/**
 * The names of the contract without its schemas, so that the preload needs no zod. A test asserts that these lists equal
 * the keys of `operations`, `streams` and `events`; the types make an unknown name a compile error already.
 */
import type { EventName } from './events.ts';
import type { OperationName } from './operations.ts';
import type { StreamName } from './streams.ts';

/** Names of all operations. */
export const operationNames = [
  'connect',
  'disconnect',
  'status',
  'drivers.list',
  'profiles.create',
  'profiles.update',
  'profiles.duplicate',
  'profiles.remove',
  'profiles.setDefault',
  'profiles.test',
  'profiles.suggest',
  'credentials.set',
  'credentials.clear',
  'credentials.refresh',
  'sessions.list',
  'sessions.reattach',
  'sessions.endSandbox',
  'sessions.dismiss',
  'sessions.extend',
  'sessions.pause',
  'sessions.restartKernel',
  'sessions.reconnectNow',
  'ports.address',
  'files.list',
  'files.readText',
  'files.readImage',
  'files.write',
  'files.copy',
  'files.move',
  'files.makeDir',
  'files.remove',
  'files.uploadPiece',
  'sync.add',
  'sync.update',
  'sync.remove',
  'sync.plan',
  'sync.run',
  'sync.watch',
  'sync.stop',
  'sync.answer',
  'sync.files',
  'sync.why',
  'sync.defaults',
  'sync.conflicts',
  'sync.conflict',
  'sync.resolve',
  'sync.history',
  'sync.kept',
  'sync.restore',
  'terminals.open',
  'terminals.write',
  'terminals.resize',
  'terminals.close',
  'terminals.reopen',
  'sandboxes.list',
  'sandboxes.attach',
  'sandboxes.end',
  'executions.list',
  'executions.get',
  'executions.output',
  'executions.cancel',
  'executions.outline',
  'executions.find',
  'executions.saveValue',
  'executions.saveCode',
  'executions.complete',
  'executions.saveOutput',
  'history.search',
  'history.count',
  'history.remove',
  'history.removeSession',
  'history.removeExecution',
  'history.export',
  'history.preflight',
  'questions.answer',
  'shell.showing',
  'shell.unsaved',
  'shell.diagnostics',
  'shell.openLogs',
  'settings.reset',
  'settings.get',
  'settings.update',
  'shell.openExternal',
  'shell.chooseFolder',
  'data.places',
  'data.reveal',
  'data.exportProfiles',
  'data.importProfiles',
] as const satisfies readonly OperationName[];

/** Names of all streams. */
export const streamNames = [
  'execute',
  'attach',
  'metrics',
  'download',
  'upload',
  'terminal',
] as const satisfies readonly StreamName[];

/** Names of all events. */
export const eventNames = ['status', 'command'] as const satisfies readonly EventName[];

/** The IPC channel of an operation, a stream or an event. */
export function channelFor(name: OperationName | StreamName | EventName): string {
  return `specboard:${name}`;
}
