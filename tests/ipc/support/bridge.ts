/** The whole bridge in one process: handlers, register, a page, and the API that the preload exposes. */
import type { IpcLog } from '../../../src-main/ipc/ipc-main-like.ts';
import {
  type OperationHandlers,
  type RegisterOptions,
  registerIpc,
  type StreamHandlers,
} from '../../../src-main/ipc/register.ts';
import { WindowRegistry } from '../../../src-main/ipc/window-registry.ts';
import { buildApi } from '../../../src-preload/build-api.ts';
import type { SpecboardApi } from '../../../src-shared/contract/api.ts';
import { operationNames, streamNames } from '../../../src-shared/contract/names.ts';
import type { Disposable } from '../../../src-shared/lib/disposable.ts';
import { FakeIpcMain, FakePage } from './fake-ipc.ts';
import { ManualClock } from './manual-clock.ts';

/** A line of the log. */
export type LogLine = { level: string; message: string; fields: Record<string, unknown> };

/** See the file's first line. */
export interface Bridge {
  main: FakeIpcMain;
  page: FakePage;
  windows: WindowRegistry;
  api: SpecboardApi;
  clock: ManualClock;
  /** Names of the handlers that ran. */
  ran: string[];
  log: LogLine[];
  registration: Disposable;
}

/** Facts about the runtime that the tests' API states. */
export const runtime = {
  platform: 'test',
  versions: { app: '0', electron: '0', chrome: '0', node: '0' },
};

/** Builds a bridge. A handler that is not given answers with null, and notes that it ran. */
export function createBridge(
  given: {
    operations?: Partial<OperationHandlers>;
    streams?: Partial<StreamHandlers>;
    options?: Partial<RegisterOptions>;
  } = {},
): Bridge {
  const main = new FakeIpcMain();
  const page = new FakePage(main);
  const windows = new WindowRegistry();
  windows.add(page);
  const clock = new ManualClock();
  const ran: string[] = [];
  const log: LogLine[] = [];
  const write: IpcLog = (level, message, fields = {}) => log.push({ level, message, fields });
  const handlerOf = (all: object, name: string): ((...args: never[]) => unknown) => {
    const own = (all as Record<string, (...args: never[]) => unknown>)[name];
    return (...args) => {
      ran.push(name);
      return own?.(...args) ?? null;
    };
  };
  const handlers = (names: readonly string[], all: object = {}): unknown =>
    Object.fromEntries(names.map((name) => [name, handlerOf(all, name)]));
  const registration = registerIpc(main, {
    operations: handlers(operationNames, given.operations) as OperationHandlers,
    streams: handlers(streamNames, given.streams) as StreamHandlers,
    sender: { origins: ['specboard://app'], isWindow: (id) => windows.has(id) },
    log: write,
    clock,
    checkOutputs: false,
    ...given.options,
  });
  return { main, page, windows, api: buildApi(page, runtime), clock, ran, log, registration };
}
