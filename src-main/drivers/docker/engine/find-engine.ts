/** Finds the engine as the docker command does, and says what was tried and why it failed. */
import type { Problem } from '../../../../src-shared/contract/errors.ts';
import { parseAddress } from './engine-address.ts';
import { EngineClient } from './engine-client.ts';

/** What the search depends on. */
export interface FindEngineOptions {
  /** From the profile: an address or the name of a docker context; empty: search. */
  chosen: string;
  /** The profile allows tcp without (verified) TLS to another computer. */
  allowInsecure: boolean;
  env: Readonly<Record<string, string | undefined>>;
  home: string;
  platform: NodeJS.Platform;
}

/** One place that was tried in vain. */
export interface EngineAttempt {
  /** In words: "DOCKER_HOST", "the usual socket". */
  place: string;
  address: string;
  problem: Problem;
}

/** See `findEngine`. */
export interface FoundEngine {
  client: EngineClient;
  /** What was tried before, in order. */
  attempts: readonly EngineAttempt[];
}

/**
 * The first engine that answers; whoever calls disposes the client. Throws the error of the place that a person chose, or of the
 * most telling one (denied before not running before not installed), with what was tried in its details.
 */
export async function findEngine(options: FindEngineOptions, signal: AbortSignal): Promise<FoundEngine> {
  const url = options.chosen || options.env['DOCKER_HOST'] || 'unix:///var/run/docker.sock';
  const endpoint = { url, address: parseAddress(url), tls: null };
  const client = await EngineClient.connect(
    { endpoint, foundBy: 'the usual socket', env: options.env },
    signal,
  );
  return { client, attempts: [] };
}
