// webContents.navigationHistory, on Chromium's own list.
import type * as Electron from 'electron';
import { toAppUrl } from '../browser/addresses.ts';
import { strictClass } from '../strict.ts';
import type { WebContents } from './web-contents.ts';

type Entry = { id: number; url: string; title: string };
type Members = Pick<
  Electron.NavigationHistory,
  'canGoBack' | 'canGoForward' | 'goBack' | 'goForward' | 'length'
>;

/** The list of one window; kept up to date by `refresh` after each navigation. */
export class NavigationHistory extends strictClass('NavigationHistory') implements Members {
  readonly #contents: WebContents;
  #entries: Entry[] = [];
  #index = 0;
  #startForgotten = false;

  constructor(contents: WebContents) {
    super();
    this.#contents = contents;
  }

  /** Removes the host's own first page from the list, once. */
  forgetStart(): void {
    if (this.#startForgotten) return;
    this.#startForgotten = true;
    this.#contents.link.session?.tell('Page.resetNavigationHistory');
  }

  /** Reads the list anew. */
  refresh(): void {
    const session = this.#contents.link.session;
    if (!session) return;
    session
      .send<{ currentIndex: number; entries: Entry[] }>('Page.getNavigationHistory')
      .then(({ currentIndex, entries }) => {
        const own = entries.filter((entry) => !/^https:\/\/[^/]+\.host\.invalid\//.test(entry.url));
        this.#index = Math.max(0, currentIndex - (entries.length - own.length));
        this.#entries = own;
      })
      .catch(() => {});
  }

  length(): number {
    return this.#entries.length;
  }
  getActiveIndex(): number {
    return this.#index;
  }
  getAllEntries(): { url: string; title: string }[] {
    return this.#entries.map(({ url, title }) => ({ url: toAppUrl(url), title }));
  }
  clear(): void {
    this.#contents.link.session?.tell('Page.resetNavigationHistory');
  }
  canGoBack(): boolean {
    return this.#index > 0;
  }
  canGoForward(): boolean {
    return this.#index < this.#entries.length - 1;
  }
  goBack(): void {
    this.#go(this.#index - 1);
  }
  goForward(): void {
    this.#go(this.#index + 1);
  }

  #go(index: number): void {
    const entry = this.#entries[index];
    if (entry) this.#contents.link.session?.tell('Page.navigateToHistoryEntry', { entryId: entry.id });
  }
}
