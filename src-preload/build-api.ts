/** Builds `window.specboard` from the contract's names: nothing is listed by hand, so nothing can be forgotten or added. */
import type { SpecboardApi } from '../src-shared/contract/api.ts';
import { operationNames, streamNames } from '../src-shared/contract/names.ts';
import { createEventsClient } from './events-client.ts';
import { invoke } from './invoke.ts';
import type { RendererIpc } from './renderer-ipc.ts';
import { openStream } from './stream-client.ts';

/** The API over an ipcRenderer. `profiles.create` becomes `profiles: { create }`. */
export function buildApi(ipc: RendererIpc, runtime: SpecboardApi['runtime']): SpecboardApi {
  const api: Record<string, unknown> = { ...createEventsClient(ipc), runtime };
  for (const name of operationNames) {
    put(api, name, (input: never) => invoke(ipc, name, input));
  }
  for (const name of streamNames) {
    put(api, name, (input: never, observer: never) => openStream(ipc, name, input, observer));
  }
  // The loops above make exactly the members that the contract's names demand; tests/ipc compares them.
  return api as unknown as SpecboardApi;
}

function put(api: Record<string, unknown>, name: string, method: unknown): void {
  const [group, member] = name.split('.');
  if (group === undefined) return;
  if (member === undefined) {
    api[group] = method;
    return;
  }
  const members = (api[group] ?? {}) as Record<string, unknown>;
  members[member] = method;
  api[group] = members;
}
