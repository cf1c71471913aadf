/** Links in terminals: only https ones, only on a click with Ctrl or Cmd, and what they lead to is said before. */
import { WebLinksAddon } from '@xterm/addon-web-links';
import type { Terminal } from '@xterm/xterm';
import { terminalMessages as words } from '../../messages/terminal.ts';
import styles from './terminal.module.css';
import { httpsLink } from './terminal-text.ts';

/** What links need. */
export interface LinkParts {
  isMac: boolean;
  openLink: (url: string) => void;
}

/** Makes links of addresses in the text, and of links that programs write (OSC 8). Returns the function that ends it. */
export function addLinks(terminal: Terminal, { isMac, openLink }: LinkParts): () => void {
  const tooltip = new LinkTooltip();
  const activate = (event: MouseEvent, url: string) => {
    if ((isMac ? event.metaKey : event.ctrlKey) && isHttps(url)) openLink(url);
  };
  const hover = (event: MouseEvent, url: string) => {
    const shown = visible(url);
    tooltip.show(event, isHttps(url) ? words.openLink(isMac ? '⌘' : 'Ctrl', shown) : words.onlyHttps(shown));
  };
  const leave = () => tooltip.hide();
  terminal.loadAddon(new WebLinksAddon(activate, { hover, leave, urlRegex: httpsLink }));
  terminal.options.linkHandler = { activate, hover, leave };
  return () => tooltip.hide();
}

function isHttps(url: string): boolean {
  return URL.parse(url)?.protocol === 'https:';
}

/** An address as it is, also where it has characters that turn text around or cannot be seen; the end of a long one is cut. */
function visible(url: string): string {
  const shown = url.replace(/[^\x21-\x7e]/gu, (character) => encodeURI(character));
  return shown.length > 200 ? `${shown.slice(0, 199)}…` : shown;
}

class LinkTooltip {
  #element: HTMLElement | null = null;

  show(event: MouseEvent, text: string): void {
    this.hide();
    const element = document.createElement('div');
    element.className = styles.linkTooltip ?? '';
    element.setAttribute('role', 'tooltip');
    element.textContent = text;
    document.body.append(element);
    const { width, height } = element.getBoundingClientRect();
    const left = Math.max(8, Math.min(event.clientX, innerWidth - width - 8));
    const below = event.clientY + 20;
    element.style.left = `${left}px`;
    element.style.top = `${below + height > innerHeight ? event.clientY - height - 12 : below}px`;
    this.#element = element;
  }

  hide(): void {
    this.#element?.remove();
    this.#element = null;
  }
}
