// What every route of the control plane gets.

import type { JsonRecord } from '../vendor-server/json.ts';
import type { Exchange } from './exchange.ts';
import type { StartFate } from './faults.ts';
import type { OrganizationOptions, ResolvedOptions } from './options.ts';
import type { SandboxSettings } from './sandbox.ts';
import type { SandboxStore } from './sandbox-store.ts';

/** The parts of the server that the control plane works with. */
export interface ControlParts {
  readonly store: SandboxStore;
  readonly options: ResolvedOptions;
  readonly settings: SandboxSettings;
  /** Address of the server, without a slash at the end. */
  readonly origin: string;
}

/** A request to the control plane whose key was good. */
export interface ControlCall extends ControlParts {
  readonly exchange: Exchange;
  readonly organization: Required<OrganizationOptions>;
  readonly body: JsonRecord;
  readonly now: number;
}

/** What is to become of a sandbox that this request starts. */
export function fateOf(exchange: Exchange): StartFate {
  return exchange.effect('start')?.fate ?? { into: 'started' };
}

/** Where the toolboxes are. */
export function toolboxUrl(origin: string): string {
  return `${origin}/toolbox`;
}
