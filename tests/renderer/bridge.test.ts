/** The typed client: problems are thrown, batches are acknowledged when they were used, leaving closes. */
import { describe, expect, test } from 'vitest';
import { createBridge } from '../../src-renderer/bridge/client.ts';
import { iterate } from '../../src-renderer/bridge/iterate.ts';
import type { SpecboardApi, StreamObserver } from '../../src-shared/contract/api.ts';
import { type Reply, SpecboardError } from '../../src-shared/contract/errors.ts';

function bridgeOf(parts: Partial<SpecboardApi>) {
  return createBridge(parts as SpecboardApi);
}

describe('call', () => {
  test('finds grouped and plain operations', async () => {
    const bridge = bridgeOf({
      drivers: { list: async () => ({ ok: true, value: [] }) },
      disconnect: async () => ({ ok: false, error: { code: 'gone', message: 'Gone.', retryable: false } }),
    });
    await expect(bridge.call('drivers.list', {})).resolves.toEqual([]);
    await expect(bridge.call('disconnect', { sessionId: 's' })).rejects.toThrow(SpecboardError);
    await expect(bridge.call('disconnect', { sessionId: 's' })).rejects.toMatchObject({ code: 'gone' });
  });
});

describe('iterate', () => {
  function scripted() {
    let observer: StreamObserver<'metrics'> | undefined;
    let end: (reply: Reply<null>) => void = () => {};
    const state = { closed: 0 };
    const bridge = bridgeOf({
      metrics: (_input, given) => {
        observer = given;
        const done = new Promise<Reply<null>>((resolve) => {
          end = resolve;
        });
        return {
          done,
          cancel: () => {},
          close: () => {
            state.closed += 1;
          },
        };
      },
    });
    return { bridge, state, send: () => observer?.onData([]), end: (reply: Reply<null>) => end(reply) };
  }

  test('a batch is acknowledged when the next one is asked for', async () => {
    const { bridge, send, end, state } = scripted();
    const loop = iterate(bridge, 'metrics', { sessionId: 's' }, new AbortController().signal);
    const first = loop.next();
    let acked = false;
    void Promise.resolve(send()).then(() => {
      acked = true;
    });
    await first;
    expect(acked).toBe(false);
    const second = loop.next();
    await expect.poll(() => acked).toBe(true);
    end({ ok: true, value: null });
    expect((await second).done).toBe(true);
    expect(state.closed).toBeGreaterThan(0);
  });

  test('an abort ends it quietly, a problem is thrown', async () => {
    const { bridge, state } = scripted();
    const abort = new AbortController();
    const next = iterate(bridge, 'metrics', { sessionId: 's' }, abort.signal).next();
    abort.abort();
    expect((await next).done).toBe(true);
    expect(state.closed).toBeGreaterThan(0);

    const failing = scripted();
    const failed = iterate(
      failing.bridge,
      'metrics',
      { sessionId: 's' },
      new AbortController().signal,
    ).next();
    failing.end({ ok: false, error: { code: 'unsupported', message: 'No.', retryable: false } });
    await expect(failed).rejects.toMatchObject({ code: 'unsupported' });
  });
});
