/** For test files: the engine that all of a run share, or why there is none. */
import { parseAddress } from '../../../src-main/drivers/docker/engine/engine-address.ts';
import { EngineClient } from '../../../src-main/drivers/docker/engine/engine-client.ts';
import { askMain } from '../ask-main.ts';
import { askVariable, type EngineAnswer } from './global-setup.ts';
import { whyNoEngine } from './start-docker-engine.ts';

/**
 * The shared engine; started when first asked for (about three seconds). Others use it at the same time: give what you make names
 * or labels of your own, remove it, and look only at that. Where there is none, say `describe.skipIf(reason !== null)`.
 */
export async function testEngine(): Promise<EngineAnswer> {
  const answer = await ask();
  if (answer.reason !== null) process.stdout.write(`Without a Docker engine: ${answer.reason}\n`);
  return answer;
}

async function ask(): Promise<EngineAnswer> {
  const why = whyNoEngine();
  if (why !== null) return { engine: null, reason: why };
  const answer = await askMain<EngineAnswer>(askVariable);
  return answer ?? { engine: null, reason: 'this project has no engine (see vitest.config.ts)' };
}

/** A client of an engine at this address; whoever calls disposes it. */
export function connectTo(url: string, signal = AbortSignal.timeout(60_000)): Promise<EngineClient> {
  const endpoint = { url, address: parseAddress(url), tls: null };
  return EngineClient.connect({ endpoint, foundBy: 'the tests', env: process.env }, signal);
}
