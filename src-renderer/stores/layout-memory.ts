/**
 * Sizes of the window's parts that a person dragged, and what they opened or closed. The main process keeps them with the other
 * settings; here they are at hand at once and written a moment after the last change.
 */
import type { Settings } from '../../src-shared/domain/settings.ts';

/** ms after the last change until it is written. */
export const writeAfter = 400;

/** See the head of the file. Names are the part's: "sidebar", "inspector.open". */
export class LayoutMemory {
  readonly #stored: () => Settings['layout'];
  readonly #write: (layout: Settings['layout']) => void;
  /** What was changed here: it stays the truth of this window, also before the main process says the same. */
  readonly #changed: Record<string, number> = {};
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(stored: () => Settings['layout'], write: (layout: Settings['layout']) => void) {
    this.#stored = stored;
    this.#write = write;
  }

  /** The remembered value, or `usual`. */
  get(name: string, usual: number): number {
    return this.#changed[name] ?? this.#stored()[name] ?? usual;
  }

  /** Remembers a value. */
  set(name: string, value: number): void {
    if (this.#changed[name] === value || (!(name in this.#changed) && this.#stored()[name] === value)) return;
    this.#changed[name] = value;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), writeAfter);
  }

  /** Writes what waits. */
  flush(): void {
    if (this.#timer === null) return;
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#write({ ...this.#stored(), ...this.#changed });
  }
}
