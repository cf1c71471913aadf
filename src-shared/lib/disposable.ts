/** The one shape of "something that must be ended": event subscriptions, timers, processes, connections. */
export interface Disposable {
  /** Ends it. Calling it twice is fine. */
  dispose(): void;
}

/** Wraps a function as a Disposable that runs at most once. */
export function toDisposable(end: () => void): Disposable {
  let ended = false;
  return {
    dispose() {
      if (ended) return;
      ended = true;
      end();
    },
  };
}
