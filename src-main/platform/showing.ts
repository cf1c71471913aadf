/** What the window shows, as it told last: menus act on it, and nobody is notified of what they look at. No electron. */
import type { Showing } from '../../src-shared/domain/action.ts';
import { Emitter } from '../../src-shared/lib/emitter.ts';

/** See the file's first line. */
export class ShowingState {
  readonly #changed = new Emitter<Showing | null>();
  /** Fires when the window shows something else. */
  readonly onChange = this.#changed.event;
  #current: Showing | null = null;
  /** Texts of files in the window that are not saved. */
  unsavedFiles = 0;

  /** Null before the window has said anything. */
  get current(): Showing | null {
    return this.#current;
  }

  /** Takes what the window says. */
  set(next: Showing | null): void {
    const before = this.#current;
    this.#current = next;
    if (JSON.stringify(before) !== JSON.stringify(next)) this.#changed.fire(next);
  }
}
