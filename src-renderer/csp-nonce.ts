/**
 * Runs before every library: puts the page's nonce on each `<style>` element that is created from now on, so that libraries
 * which inject styles work under a CSP without 'unsafe-inline'. Importing this module is the whole use of it.
 */

/** The nonce of this load, or null where the page was served without one. */
export const cspNonce: string | null =
  document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce || null;

/** Stamps `nonce` on every style element that `target` creates. Exported for tests. */
export function stampStyles(target: Document, nonce: string): void {
  const createElement = target.createElement.bind(target);
  target.createElement = ((name: string, options?: ElementCreationOptions) => {
    const element = createElement(name, options);
    if (element instanceof HTMLStyleElement) element.nonce = nonce;
    return element;
  }) as typeof target.createElement;
}

if (cspNonce !== null) stampStyles(document, cspNonce);
