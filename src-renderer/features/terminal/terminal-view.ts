/**
 * One terminal in the window: xterm in an element that lives on while tabs change, the stream that fills it, and what goes to the
 * shell. React only says where the element is.
 */
import { FitAddon } from '@xterm/addon-fit';
import { type ITheme, Terminal } from '@xterm/xterm';
import type { Settings } from '../../../src-shared/domain/settings.ts';
import type { TerminalEvent } from '../../../src-shared/domain/terminal.ts';
import { terminalLimits } from '../../../src-shared/domain/terminal-limits.ts';
import { applyUnicode11 } from '../../../src-shared/lib/unicode-widths.ts';
import { guardXterm } from '../../../src-shared/lib/xterm-guard.ts';
import type { Bridge, OpenStream } from '../../bridge/client.ts';
import { needsQuestion, pastedText } from './paste-text.ts';
import { quietReplies } from './quiet-replies.ts';
import './span-styles.ts';
import styles from './terminal.module.css';
import { TerminalInput, type TerminalInputParts } from './terminal-input.ts';
import { addLinks } from './terminal-links.ts';
import { TerminalSearch } from './terminal-search.ts';
import { contrastRatio, monoFont } from './terminal-theme.ts';

/** What a view needs of its surroundings. */
export interface TerminalViewParts {
  bridge: Bridge;
  terminalId: string;
  isMac: boolean;
  /** Why nothing can be sent now; null where it can. */
  blocked: () => 'ended' | 'no-link' | null;
  onBlocked: (why: 'ended' | 'no-link') => void;
  onLost: TerminalInputParts['onLost'];
  openLink: (url: string) => void;
  /** A paste that would run commands at once: the person is asked. */
  askPaste: (text: string) => void;
  /** Keys for the window, before the shell gets them: true where they were taken. */
  onKey: (event: KeyboardEvent) => boolean;
  copyOnSelect: () => boolean;
}

/** Everything that decides about looks. */
export interface TerminalLook {
  settings: Settings;
  theme: ITheme;
  reader: boolean;
}

/** See the head of the file. */
export class TerminalView {
  readonly terminal: Terminal;
  readonly search: TerminalSearch;
  readonly element = document.createElement('div');
  readonly #parts: TerminalViewParts;
  readonly #fit = new FitAddon();
  readonly #input: TerminalInput;
  readonly #endLinks: () => void;
  readonly #resizes: ResizeObserver;
  #stream: OpenStream<'terminal'> | null = null;
  #isOpen = false;
  /** A stream came to its end: everything was shown. */
  #isComplete = false;
  #frame = 0;
  #sentSize = '';
  #asText = { label: '', help: '' };

  constructor(parts: TerminalViewParts, look: TerminalLook) {
    const { bridge, terminalId, isMac, openLink } = parts;
    this.#parts = parts;
    this.element.className = styles.view ?? '';
    this.terminal = new Terminal({
      allowProposedApi: true,
      macOptionClickForcesSelection: true,
      ...lookOptions(look),
    });
    const { terminal } = this;
    terminal.loadAddon(this.#fit);
    this.search = new TerminalSearch(terminal);
    applyUnicode11(terminal);
    guardXterm(terminal);
    quietReplies(terminal);
    this.#endLinks = addLinks(terminal, { isMac, openLink });
    this.#input = new TerminalInput({
      send: (data) => bridge.call('terminals.write', { terminalId, data }),
      onLost: parts.onLost,
    });
    terminal.onData((text) => this.#whenOpen(() => this.#input.text(text)));
    terminal.onBinary((text) =>
      this.#whenOpen(() => this.#input.bytes(Uint8Array.from(text, (character) => character.charCodeAt(0)))),
    );
    terminal.attachCustomKeyEventHandler((event) => !parts.onKey(event));
    this.element.addEventListener('paste', (event) => this.#onPaste(event), { capture: true });
    this.element.addEventListener('mouseup', () => this.#onMouseUp());
    this.#resizes = new ResizeObserver(() => this.#fitSoon());
  }

  /** Puts the terminal into `host`, at the host's size. */
  show(host: HTMLElement): void {
    host.append(this.element);
    if (!this.#isOpen) {
      this.#isOpen = true;
      this.terminal.open(this.element);
      this.#nameInput();
    }
    this.#resizes.observe(this.element);
    // One that has ended shows all there is, and is left as it was scrolled.
    if (!this.#isComplete || this.#parts.blocked() !== 'ended') this.connect();
  }

  /** Takes it out again; it goes on in the background. */
  hide(): void {
    this.#resizes.disconnect();
    this.#endLinks();
    this.element.remove();
  }

  get isShown(): boolean {
    return this.element.isConnected;
  }

  /** Follows the terminal of the main process, where it does not already. */
  connect(): void {
    if (this.#stream) return;
    const { bridge, terminalId } = this.#parts;
    const stream = bridge.open('terminal', { terminalId }, { onData: (event) => this.#take(event) });
    this.#stream = stream;
    const over = () => {
      if (this.#stream === stream) this.#stream = null;
    };
    stream.done.then(() => {
      this.#isComplete = true;
      over();
    }, over);
  }

  focus(): void {
    this.terminal.focus();
  }

  /** Takes new settings and colours. */
  restyle(look: TerminalLook): void {
    Object.assign(this.terminal.options, lookOptions(look));
    if (this.isShown) this.#fitSoon();
  }

  /** What a screen reader hears when the input has the focus. */
  describe(label: string, helpId: string): void {
    this.#asText = { label, help: helpId };
    this.#nameInput();
  }

  /** Pastes without asking. */
  paste(text: string): void {
    this.#whenOpen(() => this.terminal.paste(text));
  }

  /** Copies the selection; false where nothing is selected. */
  copy(): boolean {
    const text = this.terminal.getSelection();
    if (text === '') return false;
    void navigator.clipboard.writeText(text).catch(() => {});
    return true;
  }

  dispose(): void {
    cancelAnimationFrame(this.#frame);
    this.#stream?.close();
    this.hide();
    this.search.dispose();
    this.terminal.dispose();
  }

  #whenOpen(action: () => void): void {
    const why = this.#parts.blocked();
    if (why === null) action();
    else this.#parts.onBlocked(why);
  }

  #take(event: TerminalEvent): Promise<void> | undefined {
    const { terminal } = this;
    if (event.type === 'output') {
      // What the stream waits for: main holds the programs back while this is not done.
      return new Promise((resolve) => terminal.write(event.bytes, resolve));
    }
    if (event.type === 'screen') terminal.reset();
    if (terminal.cols !== event.cols || terminal.rows !== event.rows) terminal.resize(event.cols, event.rows);
    this.#sentSize = `${event.cols}x${event.rows}`;
    if (event.type === 'screen' && this.isShown) this.#fitSoon();
    return undefined;
  }

  #fitSoon(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#fitNow());
  }

  #fitNow(): void {
    const proposed = this.isShown ? this.#fit.proposeDimensions() : undefined;
    if (!proposed || !Number.isFinite(proposed.cols) || !Number.isFinite(proposed.rows)) return;
    const cols = clamp(proposed.cols, terminalLimits.cols);
    const rows = clamp(proposed.rows, terminalLimits.rows);
    const { terminal } = this;
    if (terminal.cols !== cols || terminal.rows !== rows) terminal.resize(cols, rows);
    const size = `${cols}x${rows}`;
    if (size === this.#sentSize) return;
    this.#sentSize = size;
    const { bridge, terminalId } = this.#parts;
    void bridge.call('terminals.resize', { terminalId, cols, rows }).catch(() => {});
  }

  #onPaste(event: ClipboardEvent): void {
    event.preventDefault();
    event.stopPropagation();
    const text = pastedText(event.clipboardData?.getData('text/plain') ?? '');
    if (text === '') return;
    if (this.#parts.blocked() === null && needsQuestion(text, this.terminal.modes.bracketedPasteMode))
      this.#parts.askPaste(text);
    else this.paste(text);
  }

  #onMouseUp(): void {
    if (this.#parts.copyOnSelect()) this.copy();
  }

  #nameInput(): void {
    const { textarea } = this.terminal;
    textarea?.setAttribute('aria-label', this.#asText.label);
    if (this.#asText.help !== '') textarea?.setAttribute('aria-describedby', this.#asText.help);
  }
}

function lookOptions({ settings, theme, reader }: TerminalLook) {
  return {
    theme,
    fontFamily: monoFont(),
    fontSize: settings.terminalFontSize,
    lineHeight: 1.2,
    scrollback: settings.terminalScrollback,
    cursorStyle: settings.terminalCursor,
    cursorBlink: settings.terminalBlink && settings.motion !== 'reduce',
    screenReaderMode: reader,
    minimumContrastRatio: contrastRatio(settings.contrast),
  };
}

function clamp(value: number, { min, max }: { min: number; max: number }): number {
  return Math.max(min, Math.min(max, value));
}

/** How large a terminal in `host` would be; roughly, for the first moment of its shell. */
export function estimateSize(host: HTMLElement | null, fontSize: number): { cols: number; rows: number } {
  if (!host) return { cols: 80, rows: 24 };
  const probe = document.createElement('span');
  probe.className = styles.probe ?? '';
  probe.style.fontSize = `${fontSize}px`;
  probe.style.fontFamily = monoFont();
  probe.textContent = 'W'.repeat(50);
  host.append(probe);
  const { width, height } = probe.getBoundingClientRect();
  probe.remove();
  // As the fit add-on does: the scroll bar's place is left free.
  const cols = Math.floor((host.clientWidth - 24 - 14) / (width / 50));
  const rows = Math.floor((host.clientHeight - 12) / Math.max(1, height));
  if (!Number.isFinite(cols) || cols < 10 || rows < 3) return { cols: 80, rows: 24 };
  return { cols: clamp(cols, terminalLimits.cols), rows: clamp(rows, terminalLimits.rows) };
}
