/**
 * HTML of a sandbox made quiet before it is parsed: even in an inert document Chromium checks (and reports) inline styles,
 * handlers and style sheets against the page's CSP. This is for silence, not for safety: that is what comes after it.
 */

/** Markup with style and handler attributes renamed (`data-sb-style`, `data-sb-on`), and the style sheets taken out of it. */
export function quietHtml(html: string): { markup: string; sheets: string[] } {
  const sheets: string[] = [];
  const markup = html
    .replace(/<style\b[^>]*>([\s\S]*?)<\/style\s*>/gi, (_, css: string) => {
      sheets.push(css);
      return '';
    })
    .replace(/<[a-z][^>]*>/gi, (tag) =>
      tag
        .replace(/([\s"'/])style\s*=/gi, '$1data-sb-style=')
        .replace(/([\s"'/])on\w+\s*=/gi, '$1data-sb-on='),
    );
  return { markup, sheets };
}
