/**
 * Pushed events for the page. One IPC listener serves all of the page's listeners; the IPC event object (which carries
 * `sender`) never reaches the page.
 */

import type { EventName, EventPayload } from '../src-shared/contract/events.ts';
import { channelFor } from '../src-shared/contract/names.ts';
import { invoke } from './invoke.ts';
import type { IpcListener, RendererIpc } from './renderer-ipc.ts';

type Listener<N extends EventName> = (payload: EventPayload<N>) => void;

/** Subscriptions to the events of main. */
export interface EventsClient {
  /**
   * The current snapshot as soon as main gives it, then every push. Revisions never go back: what is older than the last
   * delivered one is dropped, so it does not matter whether the snapshot or the first push arrives first.
   */
  onStatus: (listener: Listener<'status'>) => () => void;
  /** Commands of menu and tray. */
  onCommand: (listener: Listener<'command'>) => () => void;
}

/** Makes the subscriptions over an ipcRenderer. Without listeners of the page there is no IPC listener either. */
export function createEventsClient(ipc: RendererIpc): EventsClient {
  const statusPushes = shared(ipc, 'status');
  const commands = shared(ipc, 'command');
  return {
    onStatus: (listener) => {
      let seen = Number.NEGATIVE_INFINITY;
      let active = true;
      const deliver: Listener<'status'> = (status) => {
        if (!active || status.revision <= seen) return;
        seen = status.revision;
        listener(status);
      };
      const unsubscribe = statusPushes(deliver);
      void invoke(ipc, 'status', {}).then((reply) => {
        if (reply.ok) deliver(reply.value);
      });
      return () => {
        active = false;
        unsubscribe();
      };
    },
    onCommand: (listener) => commands(listener),
  };
}

function shared<N extends EventName>(ipc: RendererIpc, name: N): (listener: Listener<N>) => () => void {
  const channel = channelFor(name);
  // Wrapped, so that subscribing the same function twice gives two subscriptions.
  const subscriptions = new Set<{ listener: Listener<N> }>();
  const receive: IpcListener = (_event, payload) => {
    for (const { listener } of [...subscriptions]) {
      try {
        listener(payload as EventPayload<N>);
      } catch (error) {
        // A listener that throws must not keep the others from hearing.
        console.error(error);
      }
    }
  };
  return (listener) => {
    const subscription = { listener };
    if (subscriptions.size === 0) ipc.on(channel, receive);
    subscriptions.add(subscription);
    return () => {
      if (subscriptions.delete(subscription) && subscriptions.size === 0)
        ipc.removeListener(channel, receive);
    };
  };
}
