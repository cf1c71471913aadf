/** How the rest of the window reaches its terminals at once, where their code is loaded: a key must not wait for a chunk. */
import type { Terminal } from '../../src-shared/domain/terminal.ts';
import type { TerminalUiStore } from './terminal-ui.ts';

/** What terminals can be told. */
export interface TerminalCommands {
  readonly ui: TerminalUiStore;
  /** True where it was done. `terminal`: the chosen one; none where there is none. */
  obey(
    key: 'new' | 'close' | 'find' | 'plain-text',
    terminal: Terminal | undefined,
    sessionId: string,
  ): boolean;
}

const loaded = new WeakMap<object, TerminalCommands>();

/** The terminals of an app; undefined before the first one was shown. */
export function terminalCommandsOf(app: object): TerminalCommands | undefined {
  return loaded.get(app);
}

/** Makes them known. */
export function provideTerminalCommands(app: object, commands: TerminalCommands): void {
  loaded.set(app, commands);
}
