/** The system says that the network went or came back: links are looked at then, not when somebody misses them. */
import type { App } from './app-context.tsx';

/** Begins to listen; returns how to stop. */
export function followNetwork({ status, bridge }: App): () => void {
  const look = () => {
    for (const session of status.getState().status?.sessions ?? []) {
      if (session.status !== 'active' || session.disconnecting) continue;
      void bridge.call('sessions.reconnectNow', { sessionId: session.id }).catch(() => {});
    }
  };
  window.addEventListener('online', look);
  window.addEventListener('offline', look);
  return () => {
    window.removeEventListener('online', look);
    window.removeEventListener('offline', look);
  };
}
