// What every route of the control plane gets.

import type { JsonRecord } from '../vendor-server/json.ts';
import type { Exchange } from './exchange.ts';
import type { AccountOptions, ResolvedOptions } from './options.ts';
import type { SandboxStore } from './sandbox-store.ts';

/** A request to the control plane whose key was good. */
export interface ControlCall {
  readonly exchange: Exchange;
  readonly account: Required<AccountOptions>;
  readonly store: SandboxStore;
  readonly options: ResolvedOptions;
  readonly now: number;
  readonly body: JsonRecord;
}
