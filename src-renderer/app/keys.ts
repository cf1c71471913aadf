/**
 * Keys of the window: each press is read, looked up among the keys of all actions, and the action is done. The native menu
 * has the same keys; a press that is taken here does not reach it.
 */
import { type ActionId, actionIds } from '../../src-shared/domain/action.ts';
import {
  type ChosenKeys,
  type KeySystem,
  keySystem,
  keysOf,
  terminalKeysOf,
} from '../../src-shared/domain/shortcuts.ts';
import { keysOfPress } from './action-list/event-keys.ts';
import { perform } from './action-list/perform.ts';
import type { App } from './app-context.tsx';

/** Marks elements that take nearly every key for themselves. */
const terminal = '[data-terminal], .xterm';

/** Listens on `window`; returns the function that stops it. */
export function listenToKeys(app: App): () => void {
  const system = keySystem(app.bridge.runtime.platform);
  let table: KeyTable | null = null;
  const idOf = (event: KeyboardEvent, inTerminal: boolean): ActionId | undefined => {
    const chosen = app.status.getState().status?.settings.shortcuts ?? {};
    if (table?.chosen !== chosen) table = new KeyTable(system, chosen);
    return table.find(keysOfPress(event, system), inTerminal);
  };
  const act = (event: KeyboardEvent, inTerminal: boolean) => {
    if (event.defaultPrevented || event.isComposing || app.ui.getState().dialog !== null) return;
    const id = idOf(event, inTerminal);
    if (id === undefined) return;
    event.preventDefault();
    // A terminal would send it to the shell as well.
    if (inTerminal) event.stopImmediatePropagation();
    perform(app, id);
  };
  const isInTerminal = (event: KeyboardEvent) =>
    event.target instanceof Element && event.target.closest(terminal) !== null;
  /** Terminals stop what they take: before them; everything else (the editor, menus) goes first. */
  const before = (event: KeyboardEvent) => isInTerminal(event) && act(event, true);
  const after = (event: KeyboardEvent) => !isInTerminal(event) && act(event, false);
  window.addEventListener('keydown', before, { capture: true });
  window.addEventListener('keydown', after);
  return () => {
    window.removeEventListener('keydown', before, { capture: true });
    window.removeEventListener('keydown', after);
  };
}

/** Actions by their keys, for one choice of keys. */
class KeyTable {
  readonly chosen: ChosenKeys;
  readonly #window = new Map<string, ActionId>();
  readonly #terminal = new Map<string, ActionId>();

  constructor(system: KeySystem, chosen: ChosenKeys) {
    this.chosen = chosen;
    for (const id of actionIds) {
      const keys = keysOf(id, system, chosen);
      if (keys !== null && !this.#window.has(keys)) this.#window.set(keys, id);
      const inTerminal = terminalKeysOf(id, system, chosen);
      if (inTerminal !== null && !this.#terminal.has(inTerminal)) this.#terminal.set(inTerminal, id);
    }
    // What Ctrl+Break has meant since there are keyboards.
    if (system !== 'mac') for (const map of [this.#window, this.#terminal]) map.set('Mod+Break', 'cancel');
  }

  find(written: readonly string[], inTerminal: boolean): ActionId | undefined {
    const map = inTerminal ? this.#terminal : this.#window;
    for (const keys of written) {
      const id = map.get(keys);
      if (id !== undefined) return id;
    }
    return undefined;
  }
}
