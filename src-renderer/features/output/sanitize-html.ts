/**
 * HTML of a sandbox as the document of a frame. Two walls: Chromium's Sanitizer and the rules here take scripts, handlers, links
 * and loads out; the frame is sandboxed with no permission at all and has a CSP of its own. Loaded only when there is HTML to show.
 */
import { frameRules } from './markup-rules.ts';
import { quietHtml } from './quiet-html.ts';
import { safeMarkup } from './safe-markup.ts';

/** Longest HTML shown; more would block the window while it is cleaned. */
const longest = 4_000_000;

/** The `srcdoc` of a frame for `html`. `nonce` is the page's: frames inherit its CSP, so its styles need it. */
export function frameDocument(html: string, nonce: string | null): string {
  const { markup, css } = cleanHtml(html.slice(0, longest));
  const allowed = nonce ? ` 'nonce-${nonce}'` : '';
  const attribute = nonce ? ` nonce="${nonce}"` : '';
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src${allowed || " 'none'"}; img-src data:">`,
    `<style${attribute}>${base}</style><style${attribute}>${css}</style>`,
    `</head><body>${markup}</body></html>`,
  ].join('');
}

/** How often markup is read anew until it stays as it is. */
const mostRounds = 5;

/** Clean markup, and all of its styles as one style sheet (inline styles are not allowed by the CSP). */
export function cleanHtml(html: string): { markup: string; css: string } {
  const quiet = quietHtml(html);
  const { sheets } = quiet;
  let { markup } = quiet;
  for (let round = 0; round < mostRounds; round += 1) {
    const next = cleanOnce(markup, sheets);
    // What is written may be read as something else (that is a way around every cleaner): the frame gets what was read so.
    if (next === markup) return { markup, css: sheets.map(cleanCss).join('\n') };
    markup = next;
  }
  const text = document.createElement('p');
  text.append(safeMarkup(markup, frameRules).textContent);
  return { markup: text.outerHTML, css: '' };
}

function cleanOnce(markup: string, sheets: string[]): string {
  const fragment = safeMarkup(markup, frameRules);
  for (const element of fragment.querySelectorAll('*')) {
    const inline = element.getAttribute('data-sb-style');
    if (inline !== null) {
      element.removeAttribute('data-sb-style');
      element.setAttribute('data-sb', String(sheets.length));
      sheets.push(`[data-sb="${sheets.length}"]{${inline}}`);
    }
    element.removeAttribute('data-sb-on');
    keepOnly(element, 'href', /^#/);
    keepOnly(element, 'xlink:href', /^#/);
    keepOnly(element, 'src', /^data:image\/(png|jpeg|gif|webp|svg\+xml)[;,]/i);
    // Each reading takes a line break away here.
    const first = element.localName === 'pre' ? element.firstChild : null;
    if (first instanceof Text) first.data = first.data.replace(/^\n+/, '');
  }
  const holder = document.createElement('template');
  holder.content.append(fragment);
  return holder.innerHTML;
}

/** Styles without loads (the frame's CSP refuses them too) and without an end of the style element. */
function cleanCss(css: string): string {
  return css
    .replace(/@import[^;}]*;?/gi, '')
    .replace(/url\(\s*(?!["']?data:image\/)[^)]*\)/gi, 'none')
    .replaceAll('</', '<\\/');
}

function keepOnly(element: Element, attribute: string, allowed: RegExp): void {
  const value = element.getAttribute(attribute);
  if (value !== null && !allowed.test(value.trim())) element.removeAttribute(attribute);
}

/** Paper: sandboxes write their HTML for a white page. */
const base = `html{color-scheme:light}body{margin:12px;background:#fff;color:#1b1f24;
font:13px/20px system-ui,sans-serif;overflow-wrap:anywhere}table{border-collapse:collapse}
td,th{padding:2px 8px;border-bottom:1px solid #dcdfe4;text-align:left}img,svg{max-width:100%}
pre,code{font-family:ui-monospace,monospace;font-size:12px}`;
