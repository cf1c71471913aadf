// Runs in the page's own world before any of its scripts: defines what the preload exposes, and replaces the two calls
// that would go past the host. Runs as source text: it must not refer to anything outside of itself.
import type { makeMembrane } from './membrane.ts';
import type { PageConfig } from './messages.ts';

/** The script; meets the isolated world in one event named `config.token`. */
export function mainWorld(config: PageConfig, membrane: typeof makeMembrane): void {
  if (window !== window.top || location.hostname.endsWith('.host.invalid')) return;
  const freeze = <T>(value: T): T => {
    if (typeof value === 'function') Object.freeze(value);
    if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
      for (const inner of Object.values(value)) freeze(inner);
      Object.freeze(value);
    }
    return value;
  };
  const meet = (event: Event): void => {
    event.stopImmediatePropagation();
    const link = membrane((event as MouseEvent).relatedTarget as Element, 'm', 'i', {
      expose([key, api]: [string, unknown]) {
        if (Object.hasOwn(window, key)) {
          throw new Error('Cannot bind an API on top of an existing property on the window object');
        }
        const value = freeze(api);
        Object.defineProperty(window, key, { value, enumerable: true, writable: false, configurable: false });
      },
    });
    window.open = function open(url?: string | URL, name?: string, features?: string): null {
      link.request('open', {
        url: url ? new URL(url, document.baseURI).href : 'about:blank',
        frameName: String(name ?? ''),
        features: String(features ?? ''),
        disposition: features ? 'new-window' : 'foreground-tab',
      });
      return null;
    };
    window.close = function close(): void {
      link.request('close');
    };
  };
  document.addEventListener(config.token, meet, { once: true, capture: true });
}
