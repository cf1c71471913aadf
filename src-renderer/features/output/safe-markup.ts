/**
 * Markup of a sandbox as nodes that do nothing, by Chromium's own Sanitizer: only elements and attributes that are listed here
 * come through, and never, listed or not, what runs scripts. Without the Sanitizer nothing is drawn at all.
 */

/** What is let through. Names are separated by spaces. */
export interface MarkupRules {
  html: string;
  svg?: string;
  math?: string;
  attributes: string;
}

/** An element by its name and namespace, as the Sanitizer wants it. */
interface Named {
  name: string;
  namespace: string | null;
}
declare class Sanitizer {
  constructor(rules: {
    elements: Named[];
    replaceWithChildrenElements: Named[];
    attributes: Named[];
    dataAttributes: boolean;
    comments: boolean;
  });
}

const html = 'http://www.w3.org/1999/xhtml';
const svg = 'http://www.w3.org/2000/svg';
const math = 'http://www.w3.org/1998/Math/MathML';
const xlink = 'http://www.w3.org/1999/xlink';

/** What goes with all that is in it: it is no text for people. Other elements that are not let through leave their content. */
const dropped = new Set(
  'applet audio canvas embed frame frameset head html iframe input link math meta noembed noframes noscript object option param plaintext script select source style svg template textarea title track video xmp'.split(
    ' ',
  ),
);

const named = (names: string, namespace: string | null): Named[] =>
  names
    .split(' ')
    .filter(Boolean)
    .map((name) => ({ name, namespace }));

/** The nodes of `markup` by `rules`, in a document of their own: they load nothing until they are put somewhere. */
export function safeMarkup(markup: string, rules: MarkupRules): DocumentFragment {
  const known = new Set(rules.html.split(' '));
  // A name that nobody knows is an element to Chromium, too; what it holds is kept.
  const others = new Set(
    Array.from(markup.matchAll(/<([a-z][^\s/>]*)/gi), ([, name = '']) => name.toLowerCase()),
  );
  const unwrapped = [...others].filter((name) => !known.has(name) && !dropped.has(name)).join(' ');
  const sanitizer = new Sanitizer({
    elements: [...named(rules.html, html), ...named(rules.svg ?? '', svg), ...named(rules.math ?? '', math)],
    replaceWithChildrenElements: named(unwrapped, html),
    attributes: [...named(rules.attributes, null), { name: 'href', namespace: xlink }],
    dataAttributes: true,
    comments: false,
  });
  const inert = document.implementation.createHTMLDocument('');
  const holder = inert.createElement('div') as HTMLDivElement & {
    setHTML(markup: string, options: { sanitizer: Sanitizer }): void;
  };
  holder.setHTML(markup, { sanitizer });
  const fragment = inert.createDocumentFragment();
  fragment.append(...holder.childNodes);
  return fragment;
}
