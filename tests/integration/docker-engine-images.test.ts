/** Pulling images from a registry on loopback with a real engine: progress, cancel, and every way in which it goes wrong. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PullProgress } from '../../src-main/drivers/docker/engine/engine-types.ts';
import {
  type ImageRegistry,
  type RegistryFault,
  startImageRegistry,
} from '../support/docker-engine/image-registry.ts';
import { makeSmallImage } from '../support/docker-engine/small-image.ts';
import { plainImage, pythonImage } from '../support/docker-engine/start-docker-engine.ts';
import { testEngine } from '../support/docker-engine/test-engine.ts';
import { errorOf, never, useEngine } from './docker-engine-support.ts';

const { engine, reason } = await testEngine();
const megabyte = 1024 * 1024;

describe.skipIf(reason !== null)('images', () => {
  const use = useEngine(engine?.url);
  let registry: ImageRegistry;
  let count = 0;
  const added = (sizes: number[], fault?: RegistryFault) => {
    const name = `team/image-${count++}`;
    const image = makeSmallImage(sizes);
    return { name, image, full: registry.add(name, image, fault) };
  };
  const pull = async (name: string, signal = never): Promise<PullProgress[]> => {
    const seen: PullProgress[] = [];
    await use.client.images.pull(name, (progress) => seen.push(progress), signal);
    return seen;
  };

  beforeAll(async () => {
    registry = await startImageRegistry();
  });
  afterAll(() => registry.close());

  test('a pull says how far it is, in bytes that only grow, and ends with the image', async () => {
    const { full, image } = added([3 * megabyte, megabyte, 64]);
    const seen = await pull(full);
    const last = seen.at(-1);
    expect(seen[0]).toMatchObject({ phase: 'resolving', words: `Looking for ${full}`, doneBytes: 0 });
    expect(last).toMatchObject({ phase: 'done', layers: 3, layersDone: 3 });
    expect(last?.doneBytes).toBe(last?.totalBytes);
    // Layers that came at once are never said to have a size.
    expect(last?.totalBytes).toBeGreaterThan(3 * megabyte);
    expect(last?.totalBytes).toBeLessThanOrEqual(image.bytes);
    for (const [i, progress] of seen.entries()) {
      expect(progress.doneBytes).toBeGreaterThanOrEqual(seen[i - 1]?.doneBytes ?? 0);
      expect(progress.doneBytes).toBeLessThanOrEqual(progress.totalBytes);
    }
    const details = await use.client.images.inspect(full, never);
    expect(details.RepoTags).toContain(full);
    expect(details.RepoDigests[0]).toMatch(/@sha256:/);
    expect((await use.client.images.list({ reference: [full] }, never)).map(({ Id }) => Id)).toEqual([
      details.Id,
    ]);

    expect((await pull(full)).at(-1)?.phase).toBe('done');
    const byDigest = details.RepoDigests[0] ?? '';
    expect((await pull(byDigest)).at(-1)?.phase).toBe('done');
    await use.client.images.remove(full, never);
    await use.client.images.remove(byDigest, never);
    await errorOf(use.client.images.inspect(full, never), 'image-missing');
    await use.client.images.remove(full, never);
  });

  test('a cancelled pull ends in the engine too, and can be done again', async () => {
    // Larger than what the sockets in between take of it.
    const { full, name } = added([32 * megabyte], 'hold');
    const stop = new AbortController();
    const pulling = errorOf(pull(full, stop.signal), 'cancelled');
    await registry.held(name, 1);
    stop.abort();
    expect((await pulling).code).toBe('cancelled');
    // The engine's own read ends only with the next bytes; a pull that went on would take all of them.
    registry.heal(name);
    expect(await registry.released(name)).toBe(0);
    await errorOf(use.client.images.inspect(full, never), 'image-missing');
    await pull(full);
    await use.client.images.remove(full, never);
  });

  test('progress stands still while the registry does, and goes on with it', async () => {
    const { full, name } = added([4 * megabyte], 'hold');
    const seen: PullProgress[] = [];
    const pulling = use.client.images.pull(full, (progress) => seen.push(progress), never);
    await registry.held(name, 1);
    registry.heal(name);
    await pulling;
    expect(seen.at(-1)).toMatchObject({ phase: 'done', layersDone: 1 });
    await use.client.images.remove(full, never);
  });

  test.each([
    ['unknown-tag', 'image-missing'],
    ['denied', 'image-missing'],
    ['unauthorized', 'auth'],
    ['too-many', 'rate-limited'],
    ['cut', 'unreachable'],
  ] as const)('%s is %s', async (fault, code) => {
    const { full } = added([64], fault);
    const error = await errorOf(pull(full), code);
    expect(error.message).toContain(full);
    expect(error.problem.hint).toBeTruthy();
    expect(error.problem.details).toBeTruthy();
  });

  test('a repository that is not there is image-missing', async () => {
    await errorOf(pull(`${registry.host}/nobody/nothing:1`), 'image-missing');
  });

  test('no registry at all is unreachable', async () => {
    const gone = await startImageRegistry();
    await gone.close();
    await errorOf(pull(`${gone.host}/x/y:1`), 'unreachable');
    await errorOf(pull('registry.invalid/x/y:1'), 'unreachable');
  });

  test('a name that is none is not sent', async () => {
    for (const name of [
      '',
      'Python:3.12',
      'a b',
      'python:',
      'python@sha256:12',
      '../x',
      'a//b',
      `x:${'y'.repeat(200)}`,
    ])
      expect((await errorOf(pull(name), 'invalid')).problem.hint).toMatch(/python:3\.12-slim/);
  });

  test('an image that is not there cannot be run', async () => {
    const error = await errorOf(
      use.client.containers.create({ Image: 'specboard-test/nothing:1' }, {}, never),
      'image-missing',
    );
    expect(error.message).toContain('specboard-test/nothing:1');
  });

  test('the images of the tests are there', async () => {
    const names = (await use.client.images.list({}, never)).flatMap(({ RepoTags }) => RepoTags);
    expect(names).toEqual(expect.arrayContaining([pythonImage, plainImage]));
  });
});
