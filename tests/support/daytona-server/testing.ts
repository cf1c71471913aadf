// Helpers for tests that use the Daytona test server.
import type {
  CreateSandboxFromImageParams,
  CreateSandboxFromSnapshotParams,
  DaytonaConfig,
  Sandbox,
} from '@daytona/sdk';
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

/** What a sandbox may be made with: from a snapshot, or from an image. */
export type SandboxWish = CreateSandboxFromSnapshotParams | CreateSandboxFromImageParams;

/** A client of the SDK. Its events arrive over a socket that lives until `close`. */
export interface TestClient {
  readonly daytona: Daytona;
  /** Make a sandbox that is started. */
  create(params?: SandboxWish): Promise<Sandbox>;
  close(): Promise<void>;
}

/** Connect the SDK with the server. */
export function connectSdk(server: DaytonaServer, config: Partial<DaytonaConfig> = {}): TestClient {
  const daytona = new Daytona({ ...sdkOptions(server), ...config });
  return {
    daytona,
    create: (params = {}) => ('image' in params ? daytona.create(params) : daytona.create(params)),
    close: () => daytona[Symbol.asyncDispose](),
  };
}
