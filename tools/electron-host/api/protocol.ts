// The protocol module of a session: who answers requests for a custom scheme.
import type * as Electron from 'electron';
import { addScheme } from '../browser/addresses.ts';
import { strictClass } from '../strict.ts';

/** What answers a request for a scheme. */
export type SchemeHandler = (request: Request) => Response | Promise<Response>;

let changed: () => void = () => {};

/** Sets what is called when requests for another scheme have to be caught from now on. */
export function onSchemesChanged(action: () => void): void {
  changed = action;
}

type Members = Pick<Electron.Protocol, 'registerSchemesAsPrivileged' | 'unhandle' | 'isProtocolHandled'>;

/** The handlers of one session. */
export class HostProtocol extends strictClass('Protocol') implements Members {
  readonly #handlers = new Map<string, SchemeHandler>();

  registerSchemesAsPrivileged(schemes: { scheme: string }[]): void {
    for (const { scheme } of schemes) addScheme(scheme);
    changed();
  }

  handle(scheme: string, handler: SchemeHandler): void {
    if (this.#handlers.has(scheme)) throw new Error(`Failed to register protocol: ${scheme}`);
    addScheme(scheme);
    this.#handlers.set(scheme, handler);
    changed();
  }

  unhandle(scheme: string): void {
    if (!this.#handlers.delete(scheme)) throw new Error(`Failed to unhandle protocol: ${scheme}`);
  }

  isProtocolHandled(scheme: string): boolean {
    return this.#handlers.has(scheme);
  }

  /** The host's own look-up. */
  handlerFor(scheme: string): SchemeHandler | undefined {
    return this.#handlers.get(scheme);
  }
}
