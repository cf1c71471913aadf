/** The windows that may speak to main and that hear its pushes. Who is not registered is nobody. */
import { type Disposable, toDisposable } from '../../src-shared/lib/disposable.ts';
import type { PageLike } from './ipc-main-like.ts';

/** Pages by the id of their webContents. A page leaves by itself when it is destroyed. */
export class WindowRegistry {
  readonly #pages = new Map<number, PageLike>();

  /** Registers a window's page; dispose (or the page's end) removes it. */
  add(page: PageLike): Disposable {
    this.#pages.set(page.id, page);
    const leave = (): void => {
      if (this.#pages.get(page.id) === page) this.#pages.delete(page.id);
    };
    page.once('destroyed', leave);
    return toDisposable(() => {
      leave();
      if (!page.isDestroyed()) page.removeListener('destroyed', leave);
    });
  }

  /** True for the id of a registered page. */
  has(id: number): boolean {
    return this.#pages.has(id);
  }

  /** The page with that id. */
  get(id: number): PageLike | undefined {
    return this.#pages.get(id);
  }

  /** All pages that still live, in the order they were added. */
  all(): PageLike[] {
    return [...this.#pages.values()].filter((page) => !page.isDestroyed());
  }
}
