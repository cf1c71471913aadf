/** What a person has typed and not run yet, by profile: outside React, so that typing re-renders nothing but the editor. */
import type { Language } from '../../src-shared/domain/execution.ts';

/** One draft. */
export interface Draft {
  language: Language;
  /** The text of each language; switching the language does not lose the other one. */
  code: Record<Language, string>;
}

/** Drafts by key (a profile's id), with a listener for changes that do not come from the editor itself. */
export class Drafts {
  readonly #drafts = new Map<string, Draft>();
  readonly #listeners = new Set<() => void>();
  readonly #initial: Draft;

  constructor(initial: Draft) {
    this.#initial = initial;
  }

  /** The draft of `key`; the initial one where nothing was typed yet. */
  get(key: string): Draft {
    return this.#drafts.get(key) ?? this.#initial;
  }

  /** The editor's own change: nobody is told. */
  type(key: string, code: string): void {
    const draft = this.get(key);
    this.#drafts.set(key, { ...draft, code: { ...draft.code, [draft.language]: code } });
  }

  /** Switches the language. */
  setLanguage(key: string, language: Language): void {
    this.#change(key, { ...this.get(key), language });
  }

  /** Puts other code into the editor (an earlier run's). */
  replace(key: string, language: Language, code: string): void {
    this.#change(key, { language, code: { ...this.get(key).code, [language]: code } });
  }

  #change(key: string, draft: Draft): void {
    this.#drafts.set(key, draft);
    for (const listener of [...this.#listeners]) listener();
  }

  /** Subscribes to changes made elsewhere than in the editor; returns the unsubscribe function. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
}
