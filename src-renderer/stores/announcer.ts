/**
 * What a screen reader is told: one polite voice, at most one message per five seconds (the latest of each subject), and an
 * assertive one for what cannot wait. React shows the two texts; nothing else in the window is a live region.
 */
import { createStore, type StoreApi } from 'zustand/vanilla';

/** ms between two polite messages. */
export const digestInterval = 5000;

/** The texts of the two regions. */
export interface Announcements {
  polite: string;
  assertive: string;
}

/** See the head of the file. */
export class Announcer {
  readonly store: StoreApi<Announcements> = createStore<Announcements>(() => ({ polite: '', assertive: '' }));
  /** Turned off by the person's settings. */
  enabled = true;
  readonly #pending = new Map<string, string>();
  readonly #now: () => number;
  #last = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Says `text` with the next digest; a later text of the same `subject` replaces it. */
  say(subject: string, text: string): void {
    if (!this.enabled) return;
    this.#pending.set(subject, text);
    if (this.#timer !== null) return;
    const wait = Math.max(0, this.#last + digestInterval - this.#now());
    this.#timer = setTimeout(() => this.#speak(), wait);
  }

  /** Says `text` at once: connection lost, a question waits. */
  interrupt(text: string): void {
    this.store.setState({ assertive: text });
  }

  /** Forgets what waits. */
  dispose(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#pending.clear();
  }

  #speak(): void {
    this.#timer = null;
    this.#last = this.#now();
    const text = [...this.#pending.values()].join(' ');
    this.#pending.clear();
    this.store.setState({ polite: text });
  }
}
