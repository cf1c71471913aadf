// Helpers for tests that use the Daytona test server.
import type { DaytonaConfig, Sandbox } from '@daytona/sdk';
import { Daytona } from '@daytona/sdk';
import type { DaytonaServer } from './server.ts';

export { eventually, isAlive, rejection } from '../e2b-server/testing.ts';

/** The SDK options that point it at the server. */
export function sdkOptions(
  server: DaytonaServer,
  apiKey = server.apiKey,
): Required<Pick<DaytonaConfig, 'apiKey' | 'apiUrl' | 'target'>> {
  return { apiKey, apiUrl: server.url, target: server.target };
}

/** A client of the SDK. Its events arrive over a socket that lives until `close`. */
export interface TestClient {
  readonly daytona: Daytona;
  /** Make a sandbox that is started. */
  create(params?: Parameters<Daytona['create']>[0]): Promise<Sandbox>;
  close(): Promise<void>;
}

/** Connect the SDK with the server. */
export function connectSdk(server: DaytonaServer, config: Partial<DaytonaConfig> = {}): TestClient {
  const daytona = new Daytona({ ...sdkOptions(server), ...config });
  return {
    daytona,
    create: (params) => daytona.create(params),
    close: () => daytona[Symbol.asyncDispose](),
  };
}
