/**
 * Readings of sessions while somebody looks at them: one stream a session, however many parts of the window show it. The main
 * process keeps the last hour and sends it first, so that a feed that was closed for a while is whole again at once.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { MetricsSample } from '../../src-shared/domain/metrics.ts';
import type { Bridge } from '../bridge/client.ts';
import { iterate } from '../bridge/iterate.ts';

/** ms of readings that are kept, as in the main process. */
export const keptMs = 3_600_000;

/** What is known of one session. `isOpen`: readings come, or are waited for. */
export interface Feed {
  samples: readonly MetricsSample[];
  isOpen: boolean;
}

interface Entry {
  store: StoreApi<Feed>;
  users: number;
  abort: AbortController | null;
}

/** See the head of the file. */
export class MetricsFeeds {
  readonly #bridge: Bridge;
  readonly #entries = new Map<string, Entry>();

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
  }

  /** The readings of a session; they come while `use` is in force. */
  store(sessionId: string): StoreApi<Feed> {
    return this.#entry(sessionId).store;
  }

  /** Lets readings come until the returned function is called. */
  use(sessionId: string): () => void {
    const entry = this.#entry(sessionId);
    entry.users += 1;
    if (entry.abort === null) this.#open(sessionId, entry);
    let isDone = false;
    return () => {
      if (isDone) return;
      isDone = true;
      entry.users -= 1;
      if (entry.users > 0) return;
      entry.abort?.abort();
      entry.abort = null;
    };
  }

  /** Forgets sessions that are not there any more. */
  keepOnly(sessionIds: ReadonlySet<string>): void {
    for (const [id, entry] of this.#entries) {
      if (!sessionIds.has(id) && entry.users === 0) this.#entries.delete(id);
    }
  }

  #entry(sessionId: string): Entry {
    const known = this.#entries.get(sessionId);
    if (known) return known;
    const store = createStore<Feed>(() => ({ samples: [], isOpen: false }));
    const entry: Entry = { store, users: 0, abort: null };
    this.#entries.set(sessionId, entry);
    return entry;
  }

  #open(sessionId: string, entry: Entry): void {
    const abort = new AbortController();
    entry.abort = abort;
    entry.store.setState({ isOpen: true });
    let isFirst = true;
    const read = async () => {
      for await (const news of iterate(this.#bridge, 'metrics', { sessionId }, abort.signal)) {
        const before = isFirst ? [] : entry.store.getState().samples;
        isFirst = false;
        entry.store.setState({ samples: trim([...before, ...news]) });
      }
    };
    // A reading that cannot be had is not worth a word of its own: whoever shows them says that there are none.
    void read()
      .catch(() => {})
      .finally(() => {
        if (entry.abort === abort || entry.abort === null) entry.store.setState({ isOpen: false });
      });
  }
}

function trim(samples: MetricsSample[]): MetricsSample[] {
  const last = samples.at(-1)?.at ?? 0;
  const first = samples.findIndex(({ at }) => at > last - keptMs);
  return first > 0 ? samples.slice(first) : samples;
}
