/** Containers from connect to disconnect: what is made, what is kept, what is found again, and that nothing is left. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testEngine } from '../support/docker-engine/test-engine.ts';
import { type DockerKit, startDockerKit } from './docker-driver-support.ts';

const { engine, reason } = await testEngine();

describe.skipIf(reason !== null)('a container', () => {
  let kit: DockerKit;
  beforeAll(async () => {
    kit = await startDockerKit({ url: engine?.url ?? '' });
  });
  afterAll(() => kit.stop());

  test('runs Python and commands, and is gone afterwards', async () => {
    const steps: string[] = [];
    const began = performance.now();
    const session = await kit.connect({}, { steps });
    console.log('connect', performance.now() - began, steps);
    expect((await kit.run(session, '1 + 1')).value).toBe('2');
    expect((await kit.shell(session, 'echo hi; id -u')).stdout).toBe('hi\n1000\n');
    await kit.end(session);
    expect(await kit.remains()).toEqual([]);
  });
});
