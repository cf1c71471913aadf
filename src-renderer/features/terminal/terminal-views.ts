/** The terminals of this window, kept while tabs and sessions change; what the person can do with them. Made once an app. */
import { toProblem } from '../../../src-shared/contract/errors.ts';
import { isEnded } from '../../../src-shared/domain/session.ts';
import type { Status } from '../../../src-shared/domain/status.ts';
import type { Terminal } from '../../../src-shared/domain/terminal.ts';
import type { App } from '../../app/app-context.tsx';
import { terminalMessages as words } from '../../messages/terminal.ts';
import { provideTerminalCommands } from '../../stores/terminal-commands.ts';
import {
  createTerminalUiStore,
  type TerminalNote,
  type TerminalUiStore,
  withEntry,
} from '../../stores/terminal-ui.ts';
import { readTerminalKey, type TerminalKey } from './terminal-keys.ts';
import { onThemeChange, readTheme } from './terminal-theme.ts';
import { estimateSize, type TerminalLook, TerminalView } from './terminal-view.ts';

/** Views that are kept though they are not shown; the main process has what the others showed. */
const hiddenKept = 8;

const byApp = new WeakMap<App, TerminalViews>();

/** The terminals of the app. */
export function terminalViewsOf(app: App): TerminalViews {
  const existing = byApp.get(app);
  if (existing) return existing;
  const made = new TerminalViews(app);
  byApp.set(app, made);
  provideTerminalCommands(app, made);
  return made;
}

/** See the head of the file. Lives as long as the page. */
export class TerminalViews {
  readonly ui: TerminalUiStore = createTerminalUiStore();
  readonly #app: App;
  /** The one that was shown last is the last. */
  readonly #views = new Map<string, TerminalView>();
  #theme = readTheme();
  /** Where terminals are shown; for the size of the next one. */
  #place: HTMLElement | null = null;

  constructor(app: App) {
    this.#app = app;
    app.status.subscribe(({ status }, before) => {
      if (status && status !== before.status) this.#onStatus(status, before.status);
    });
    onThemeChange(() => {
      this.#theme = readTheme();
      this.#restyle();
    });
  }

  /** Colours of search matches. */
  get matchColours(): { match: string; activeMatch: string } {
    return this.#theme;
  }

  /** The view of a terminal; made where there is none. */
  get(terminalId: string): TerminalView {
    const view = this.#views.get(terminalId) ?? this.#make(terminalId);
    this.#views.delete(terminalId);
    this.#views.set(terminalId, view);
    return view;
  }

  /** Shows a terminal in `host`; returns the function that takes it out. */
  show(terminalId: string, host: HTMLElement): () => void {
    const view = this.get(terminalId);
    view.show(host);
    return () => {
      view.hide();
      const hidden = [...this.#views].filter(([, { isShown }]) => !isShown);
      for (const [id] of hidden.slice(0, -hiddenKept)) this.#forget(id);
    };
  }

  /** Says where terminals are shown. */
  setPlace(place: HTMLElement | null): void {
    this.#place = place;
  }

  /** Opens a terminal in a session and shows it; what goes wrong is shown in its tab. */
  async open(sessionId: string, { focus }: { focus: boolean }): Promise<void> {
    const { opening } = this.ui.getState();
    if (opening[sessionId]) return;
    this.#set('opening', sessionId, true);
    this.#set('problems', sessionId, undefined);
    try {
      const terminal = await this.#app.bridge.call('terminals.open', { sessionId, ...this.#size() });
      this.select(sessionId, terminal.id);
      if (focus) this.focusSoon(terminal.id);
    } catch (error) {
      this.#set('problems', sessionId, toProblem(error));
    } finally {
      this.#set('opening', sessionId, undefined);
    }
  }

  /** A fresh shell in a terminal that has ended. */
  async reopen({ id, sessionId }: Terminal): Promise<void> {
    this.#set('problems', sessionId, undefined);
    this.#set('notes', id, undefined);
    try {
      const terminal = await this.#app.bridge.call('terminals.reopen', { terminalId: id, ...this.#size() });
      this.select(terminal.sessionId, id);
      this.focusSoon(id);
    } catch (error) {
      this.#set('problems', sessionId, toProblem(error));
    }
  }

  /** Connects to the sandbox of an ended session again and goes on in the same terminal; else connects anew. */
  async reconnect(terminal: Terminal, canReattach: boolean): Promise<void> {
    const { actions, status } = this.#app;
    const session = status.getState().status?.sessions.find(({ id }) => id === terminal.sessionId);
    if (!session) return;
    if (!canReattach) {
      await actions.connect(session.profileId);
      return;
    }
    // The tab of the new session must not open another one meanwhile.
    this.ui.setState({ moving: true });
    await actions.reattach(session.id);
    const target = actions.target()?.session;
    if (target && target.id !== session.id && !isEnded(target)) await this.reopen(terminal);
    this.ui.setState({ moving: false });
  }

  /** Closes a terminal; where a full-screen program runs in it, after a question. */
  close(terminal: Terminal): void {
    const view = this.#views.get(terminal.id);
    const isBusy = terminal.state === 'open' && view?.terminal.buffer.active.type === 'alternate';
    if (isBusy) this.ui.setState({ dialog: { type: 'close', terminalId: terminal.id } });
    else void this.closeNow(terminal);
  }

  /** Closes a terminal. */
  async closeNow({ id, sessionId }: Terminal): Promise<void> {
    this.ui.setState({ dialog: null });
    const wasFocused = this.#views.get(id)?.element.contains(document.activeElement) ?? false;
    const others = this.#terminals(sessionId).filter((other) => other.id !== id);
    if (this.ui.getState().selected[sessionId] === id) {
      const next = others.at(-1);
      this.#set('selected', sessionId, next?.id);
      if (next && wasFocused) this.focusSoon(next.id);
    }
    try {
      await this.#app.bridge.call('terminals.close', { terminalId: id });
    } catch (error) {
      this.#set('problems', sessionId, toProblem(error));
    }
  }

  /** Shows a terminal of a session. */
  select(sessionId: string, terminalId: string): void {
    this.#set('selected', sessionId, terminalId);
  }

  /** Puts the focus into a terminal as soon as it is shown. */
  focusSoon(terminalId: string): void {
    let frames = 30;
    const attempt = () => {
      frames -= 1;
      const view = this.#views.get(terminalId);
      if (view?.isShown) view.focus();
      else if (frames > 0) requestAnimationFrame(attempt);
    };
    requestAnimationFrame(attempt);
  }

  /** Takes the message of a session's problem away. */
  dismissProblem(sessionId: string): void {
    this.#set('problems', sessionId, undefined);
  }

  /** Answers the question about a paste. */
  answerPaste(isWanted: boolean): void {
    const { paste } = this.ui.getState();
    this.ui.setState({ paste: null });
    if (!paste) return;
    const view = this.get(paste.terminalId);
    if (isWanted) view.paste(paste.text);
    this.focusSoon(paste.terminalId);
  }

  /** Keys that the tab itself knows: true where one was taken. */
  obey(key: TerminalKey, terminal: Terminal | undefined, sessionId: string): boolean {
    if (key === 'new') {
      void this.open(sessionId, { focus: true });
      return true;
    }
    if (!terminal) return false;
    const view = this.get(terminal.id);
    switch (key) {
      case 'copy':
        if (view.copy()) this.#app.announcer.say('terminal', words.copied);
        return true;
      case 'find':
        this.ui.setState({ searching: true });
        return true;
      case 'plain-text':
        this.ui.setState({ dialog: { type: 'plain-text', terminalId: terminal.id } });
        return true;
      case 'close':
        this.close(terminal);
        return true;
      case 'select-all':
        view.terminal.selectAll();
    }
    return true;
  }

  #make(terminalId: string): TerminalView {
    const app = this.#app;
    const isMac = app.bridge.runtime.platform === 'darwin';
    const note = (value: TerminalNote) => this.#set('notes', terminalId, value);
    return new TerminalView(
      {
        bridge: app.bridge,
        terminalId,
        isMac,
        blocked: () => this.#blocked(terminalId),
        onBlocked: (why) => {
          note(why === 'ended' ? 'dropped' : 'no-link');
          app.announcer.say('terminal', why === 'ended' ? words.announceDropped : words.announceNoLink);
        },
        onLost: (why) => {
          if (why === 'too-much') note('too-much');
          else note(why.code === 'unavailable' ? 'not-taken' : 'dropped');
        },
        openLink: (url) => void app.actions.attempt('shell.openExternal', { url }),
        askPaste: (text) => this.ui.setState({ paste: { terminalId, text } }),
        onKey: (event) => {
          // Nobody completes anything in a terminal that has ended: Tab goes on to what can be done.
          if (event.key === 'Tab' && this.#blocked(terminalId) === 'ended') return true;
          const key = readTerminalKey(event, app.bridge.runtime.platform);
          if (key === null) return false;
          if (key === 'window') return true;
          const terminal = this.#terminal(terminalId);
          if (event.type !== 'keydown' || !terminal) return true;
          if (this.obey(key, terminal, terminal.sessionId)) event.preventDefault();
          return true;
        },
        copyOnSelect: () => this.#settings()?.terminalCopyOnSelect ?? false,
      },
      this.#look(),
    );
  }

  #blocked(terminalId: string): 'ended' | 'no-link' | null {
    const terminal = this.#terminal(terminalId);
    if (terminal?.state !== 'open') return 'ended';
    const { status } = this.#app.status.getState();
    const session = status?.sessions.find(({ id }) => id === terminal.sessionId);
    return session?.link.state === 'retrying' ? 'no-link' : null;
  }

  #onStatus(status: Status, before: Status | null): void {
    if (status.settings !== before?.settings || status.screenReader !== before?.screenReader) this.#restyle();
    if (status.sessions !== before?.sessions) this.#clearLinkNotes();
    if (status.terminals === before?.terminals) return;
    const ids = new Set(status.terminals.map(({ id }) => id));
    for (const id of this.#views.keys()) if (!ids.has(id)) this.#forget(id);
    for (const terminal of status.terminals) {
      const old = before?.terminals.find(({ id }) => id === terminal.id);
      if (old === terminal) continue;
      if (terminal.state === 'ended' && old && old.state !== 'ended')
        this.#app.announcer.say('terminal', words.announceEnded(words.name(terminal.number)));
      if (terminal.state !== 'open') continue;
      this.#set('notes', terminal.id, undefined);
      // A new shell: the stream of the old one has ended.
      this.#views.get(terminal.id)?.connect();
    }
  }

  #clearLinkNotes(): void {
    for (const [id, note] of Object.entries(this.ui.getState().notes))
      if (note === 'no-link' && this.#blocked(id) === null) this.#set('notes', id, undefined);
  }

  #restyle(): void {
    const look = this.#look();
    for (const view of this.#views.values()) view.restyle(look);
  }

  #look(): TerminalLook {
    const { status } = this.#app.status.getState();
    if (!status) throw new Error('There are no terminals before the first status.');
    const { terminalReader: reader } = status.settings;
    const isRead = reader === 'on' || (reader === 'auto' && status.screenReader === true);
    return { settings: status.settings, theme: this.#theme.theme, reader: isRead };
  }

  #settings() {
    return this.#app.status.getState().status?.settings;
  }

  #size(): { cols: number; rows: number } {
    const shown = [...this.#views.values()].findLast(({ isShown }) => isShown);
    if (shown) return { cols: shown.terminal.cols, rows: shown.terminal.rows };
    return estimateSize(this.#place, this.#settings()?.terminalFontSize ?? 13);
  }

  #terminal(terminalId: string): Terminal | undefined {
    return this.#app.status.getState().status?.terminals.find(({ id }) => id === terminalId);
  }

  #terminals(sessionId: string): Terminal[] {
    const all = this.#app.status.getState().status?.terminals ?? [];
    return all.filter((terminal) => terminal.sessionId === sessionId);
  }

  #forget(terminalId: string): void {
    this.#views.get(terminalId)?.dispose();
    this.#views.delete(terminalId);
  }

  #set<K extends 'selected' | 'opening' | 'problems' | 'notes'>(
    part: K,
    key: string,
    value: ReturnType<TerminalUiStore['getState']>[K][string] | undefined,
  ): void {
    const record = this.ui.getState()[part];
    if (record[key] === value) return;
    this.ui.setState({ [part]: withEntry<unknown>(record, key, value) });
  }
}
