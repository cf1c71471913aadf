/** What the person looks at in the Terminal tab: which terminal of each session, what just went wrong, what was not sent. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Problem } from '../../src-shared/contract/errors.ts';

/** What the store holds. */
export interface TerminalUiState {
  /** The chosen terminal, by session. */
  selected: Readonly<Record<string, string>>;
  /** Sessions in which a terminal is being opened. */
  opening: Readonly<Record<string, boolean>>;
  /** Why opening failed last, by session. */
  problems: Readonly<Record<string, Problem>>;
  /** What became of keys that were not sent, by terminal. */
  notes: Readonly<Record<string, TerminalNote>>;
  /** A terminal is on its way to another session: none is opened by itself there. */
  moving: boolean;
  /** The search bar is open. */
  searching: boolean;
  /** A pasted text that waits for a word of the person. */
  paste: { terminalId: string; text: string } | null;
  /** The dialog that is open over a terminal. */
  dialog: { type: 'plain-text' | 'close'; terminalId: string } | null;
}

/** Why something was not sent. */
export type TerminalNote = 'dropped' | 'no-link' | 'too-much' | 'not-taken';

/** The store of `TerminalUiState`. */
export type TerminalUiStore = StoreApi<TerminalUiState>;

/** A store with nothing chosen. */
export function createTerminalUiStore(): TerminalUiStore {
  return createStore<TerminalUiState>(() => ({
    ...{ selected: {}, opening: {}, problems: {}, notes: {} },
    ...{ moving: false, searching: false, paste: null, dialog: null },
  }));
}

/** `record` with `key` set, or without it where the value is undefined. */
export function withEntry<T>(
  record: Readonly<Record<string, T>>,
  key: string,
  value: T | undefined,
): Readonly<Record<string, T>> {
  const { [key]: _old, ...rest } = record;
  return value === undefined ? rest : { ...rest, [key]: value };
}
