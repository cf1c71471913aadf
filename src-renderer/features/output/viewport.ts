/**
 * The scroll container of the output: who follows the end, what is visible, how many characters fit in a line. A plain
 * object that components subscribe to, because scrolling must not render the panel.
 */

/**
 * Height of a row of text in CSS pixels: --mono-line, which follows the person's size of code. The same for all rows, so that a
 * million of them need no measuring.
 */
export let rowHeight = 18;
const slack = 32;
/** Chromium ends elements at 33,554,428 px; all long texts of a panel together stay below. */
const mostPixels = 30_000_000;
/** Texts below this height are never cut. */
const longPixels = 1_000_000;

/** A text in the viewport that can be scrolled to one of its rows. */
export interface RowTarget {
  scrollToRow(row: number): void;
}

/** See the head of the file. */
export class Viewport {
  readonly #listeners = new Set<() => void>();
  readonly #followListeners = new Set<() => void>();
  #element: HTMLElement | null = null;
  #following = true;
  /** Set by the first `toEnd`: before that (first run, history) the view stays at its beginning. */
  #follows = false;
  #columns = 80;
  #charWidth = 0;
  /** The size for which characters were measured. */
  #codeSize = '';
  #stop: () => void = () => {};
  readonly #targets = new Map<unknown, RowTarget>();
  readonly #long = new Set<unknown>();

  /** The scroll container, once it is mounted. */
  get element(): HTMLElement | null {
    return this.#element;
  }

  /** Characters that fit in a row of the output. */
  get columns(): number {
    return this.#columns;
  }

  /** True while the view sticks to the end. */
  readonly following = (): boolean => this.#following;

  /** Starts watching `element`, whose first child is the content; returns the function that stops it. */
  attach(element: HTMLElement): () => void {
    this.#element = element;
    this.#measure();
    let lastTop = element.scrollTop;
    const onScroll = () => {
      // Only a person scrolls up; content that grew since the last scroll must not stop the following.
      const isUp = element.scrollTop < lastTop;
      lastTop = element.scrollTop;
      if (element.scrollTop + element.clientHeight >= element.scrollHeight - slack) this.#setFollowing(true);
      else if (isUp) this.#setFollowing(false);
      this.#tell();
    };
    const observer = new ResizeObserver(() => {
      this.#measure();
      this.contentChanged();
      this.#tell();
    });
    observer.observe(element);
    const sized = new MutationObserver(() => {
      if (codeSize() === this.#codeSize) return;
      this.#measure();
      this.contentChanged();
      this.#tell();
    });
    sized.observe(document.documentElement, { attributeFilter: ['style'] });
    if (element.firstElementChild) observer.observe(element.firstElementChild);
    element.addEventListener('scroll', onScroll, { passive: true });
    this.#stop = () => {
      observer.disconnect();
      sized.disconnect();
      element.removeEventListener('scroll', onScroll);
      this.#element = null;
    };
    return this.#stop;
  }

  /** Called after content was laid out: keeps the end in view while following. */
  contentChanged(): void {
    const element = this.#element;
    if (element && this.#follows && this.#following) element.scrollTop = element.scrollHeight;
  }

  /** Follows the end from now on. */
  toEnd(): void {
    this.#follows = true;
    this.#setFollowing(true);
    this.contentChanged();
  }

  /** Leaves the end: the person goes to another place. */
  leaveEnd(): void {
    this.#setFollowing(false);
  }

  /** Registers a text, by its buffer; returns the function that takes it out. */
  register(key: unknown, target: RowTarget): () => void {
    this.#targets.set(key, target);
    return () => {
      this.#targets.delete(key);
      this.#long.delete(key);
    };
  }

  /** Shows a row of a registered text. */
  showRow(key: unknown, row: number): void {
    this.leaveEnd();
    this.#targets.get(key)?.scrollToRow(row);
  }

  /** How high the element of a text may be that would be `pixels` high. */
  heightFor(key: unknown, pixels: number): number {
    if (pixels <= longPixels) return pixels;
    this.#long.add(key);
    return Math.min(pixels, Math.floor(mostPixels / Math.max(1, this.#long.size)));
  }

  /** Calls back on scroll and resize; returns the unsubscribe function. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Calls back when following starts or stops. */
  readonly subscribeFollowing = (listener: () => void): (() => void) => {
    this.#followListeners.add(listener);
    return () => this.#followListeners.delete(listener);
  };

  #setFollowing(value: boolean): void {
    if (value === this.#following) return;
    this.#following = value;
    for (const listener of [...this.#followListeners]) listener();
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  #measure(): void {
    const element = this.#element;
    if (!element) return;
    if (this.#charWidth === 0 || codeSize() !== this.#codeSize) {
      this.#codeSize = codeSize();
      const { width, height } = measureCharacter(element);
      this.#charWidth = width;
      if (height > 0) rowHeight = height;
    }
    // Padding of the panel and the stripe of a block, as in the style sheet.
    const usable = element.clientWidth - 56;
    this.#columns = Math.max(20, Math.floor(usable / (this.#charWidth || 7.5)));
  }
}

/** What app/use-appearance.ts wrote: asking for it needs no layout. */
function codeSize(): string {
  return document.documentElement.style.getPropertyValue('--code-size');
}

function measureCharacter(parent: HTMLElement): { width: number; height: number } {
  const probe = document.createElement('span');
  probe.className = 'mono-probe';
  probe.textContent = '0'.repeat(100);
  parent.append(probe);
  const { width, height } = probe.getBoundingClientRect();
  probe.remove();
  return { width: width / 100, height: Math.round(height) };
}
