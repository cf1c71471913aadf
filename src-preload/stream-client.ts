/**
 * The renderer's end of a stream: a MessageChannel whose other port goes to main with the request. Frames are handed to
 * the observer in order; each is acknowledged once the observer has dealt with it, which is what holds main back.
 */
import type { StreamHandle, StreamObserver } from '../src-shared/contract/api.ts';
import type { Problem, Reply } from '../src-shared/contract/errors.ts';
import { channelFor } from '../src-shared/contract/names.ts';
import type { Frame, StreamEnd, StreamInput, StreamName, UpFrame } from '../src-shared/contract/streams.ts';
import { closedByCaller, listenerFailed, unanswered, unsendable } from './problems.ts';
import type { RendererIpc } from './renderer-ipc.ts';

/**
 * Opens a stream. The handle's `done` resolves exactly once and never rejects: with the end, with main's problem, with
 * `cancelled` after `close()`, or with `unavailable` where main's port closed without a word.
 */
export function openStream<N extends StreamName>(
  ipc: RendererIpc,
  name: N,
  input: StreamInput<N>,
  observer: StreamObserver<N>,
): StreamHandle<N> {
  const { port1: port, port2: remote } = new MessageChannel();
  const { promise: done, resolve } = Promise.withResolvers<Reply<StreamEnd<N>>>();
  let over = false;

  const finish = (reply: Reply<StreamEnd<N>>): void => {
    if (over) return;
    over = true;
    port.close();
    resolve(reply);
  };
  const fail = (error: Problem): void => finish({ ok: false, error });
  const send = (frame: UpFrame): void => {
    if (!over) port.postMessage(frame);
  };

  const receive = (frame: Frame<N>): void => {
    if (over) return;
    switch (frame.type) {
      case 'open':
        void settle(() => observer.onOpen?.(frame.value));
        break;
      case 'data':
        void settle(
          () => observer.onData(frame.value),
          () => send({ type: 'ack', cost: frame.cost }),
        );
        break;
      case 'end':
        finish({ ok: true, value: frame.value });
        break;
      case 'fail':
        fail(frame.error);
        break;
      default:
        fail(unanswered('unknown frame'));
    }
  };
  /** Runs a listener of the page. One that fails ends the stream: output must not vanish without anybody noticing. */
  const settle = async (listener: () => unknown, then?: () => void): Promise<void> => {
    try {
      const pending = listener();
      // Without a promise the ack goes out at once, not a microtask later.
      if (pending !== undefined) await pending;
      then?.();
    } catch (error) {
      fail(listenerFailed(error));
    }
  };

  port.addEventListener('message', (event) => receive(event.data as Frame<N>));
  port.addEventListener('close', () => fail(unanswered('the stream closed without an end')));
  port.start();
  try {
    ipc.postMessage(channelFor(name), input, [remote]);
  } catch (error) {
    remote.close();
    fail(unsendable(error));
  }
  return {
    done,
    cancel: (force) => send({ type: 'cancel', force: force === true }),
    close: () => fail(closedByCaller()),
  };
}
