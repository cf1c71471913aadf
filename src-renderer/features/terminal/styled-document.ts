/**
 * The document as xterm is given it. xterm writes colours into `style` attributes, which the page's policy refuses; the same text
 * set through the element's style object is allowed.
 */

/** See the head of the file. */
export const styledDocument: Document = new Proxy(document, {
  get(target, name) {
    if (name === 'createElement') return createElement;
    const value: unknown = Reflect.get(target, name);
    return typeof value === 'function' ? value.bind(target) : value;
  },
  set: (target, name, value) => Reflect.set(target, name, value),
});

function createElement(name: string, options?: ElementCreationOptions): HTMLElement {
  const element = document.createElement(name, options);
  if (name === 'span') element.setAttribute = setAttribute;
  return element;
}

function setAttribute(this: HTMLElement, name: string, value: string): void {
  if (name === 'style') this.style.cssText = value;
  else Element.prototype.setAttribute.call(this, name, value);
}
