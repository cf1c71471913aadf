/**
 * xterm writes colours into the `style` attribute of spans, which the page's policy refuses. The same text set through the
 * element's style object is allowed, because only a script can do that. Importing this module is the whole use of it.
 */
HTMLSpanElement.prototype.setAttribute = function setAttribute(name: string, value: string): void {
  if (name === 'style') this.style.cssText = value;
  else Element.prototype.setAttribute.call(this, name, value);
};
