/**
 * What a person has typed and not run yet: several drafts for each profile, kept over a reload of the window and a restart of
 * the app. Outside React, so that typing re-renders nothing but the editor.
 */
import { type Language, languages } from '../../src-shared/domain/execution.ts';

/** One draft. */
export interface Draft {
  id: string;
  /** A file's name, or "Draft 2"; empty: the first one, which needs no name. */
  name: string;
  language: Language;
  /** The text of each language; switching the language does not lose the other one. */
  code: Record<Language, string>;
  /** ms after which a run is stopped; null: never. */
  timeoutMs: number | null;
}

/** What is kept for a profile. */
interface Kept {
  active: string;
  drafts: Draft[];
}

/** Where drafts are kept; `localStorage`, or a double of it. */
export type DraftStorage = Pick<Storage, 'getItem' | 'setItem'>;

const storageKey = 'specboard.drafts';
const firstId = 'first';
const saveAfterMs = 300;
/** Longer ones are kept in memory only: the storage holds five megabytes. */
const longest = 1_000_000;
const mostDrafts = 30;

/** See the head of the file. */
export class Drafts {
  readonly #kept = new Map<string, Kept>();
  readonly #listeners = new Set<() => void>();
  readonly #initial: Draft;
  readonly #storage: DraftStorage | null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #counter = 0;
  #selection: (() => string) | null = null;
  #block: (() => string) | null = null;

  constructor(initial: Pick<Draft, 'language' | 'code'>, storage: DraftStorage | null = null) {
    this.#initial = { ...initial, id: firstId, name: '', timeoutMs: null };
    this.#storage = storage;
    for (const [key, kept] of readKept(storage)) this.#kept.set(key, kept);
  }

  /** The draft of `key` that is edited; the initial one where nothing was typed yet. */
  get(key: string): Draft {
    const kept = this.#kept.get(key);
    return kept?.drafts.find(({ id }) => id === kept.active) ?? kept?.drafts[0] ?? this.#initial;
  }

  /** All drafts of `key` that were touched; the same array until it changes. */
  list(key: string): readonly Draft[] {
    return this.#kept.get(key)?.drafts ?? none;
  }

  /** The editor's own change: nobody is told. */
  type(key: string, code: string): void {
    const draft = this.get(key);
    this.#put(key, { ...draft, code: { ...draft.code, [draft.language]: code } });
  }

  /** Switches the language. */
  setLanguage(key: string, language: Language): void {
    this.#change(key, { ...this.get(key), language });
  }

  /** Sets after how long a run is stopped. */
  setTimeout(key: string, timeoutMs: number | null): void {
    this.#change(key, { ...this.get(key), timeoutMs });
  }

  /**
   * Shows other code (an earlier run's, a file's). What was typed is not lost: where the draft holds something of the person,
   * the code becomes a draft of its own.
   */
  open(key: string, name: string, language: Language, code: string): void {
    const draft = this.get(key);
    const own = draft.code[language];
    const isFree = draft.language === language && (own.trim() === '' || own === this.#initial.code[language]);
    if (isFree || own === code)
      this.#change(key, {
        ...draft,
        name: own === code ? draft.name : name,
        language,
        code: { ...draft.code, [language]: code },
      });
    else this.#add(key, name, language, { ...emptyCode, [language]: code });
  }

  /** Adds an empty draft and shows it. */
  add(key: string, name: string): void {
    this.#add(key, name, this.get(key).language, emptyCode);
  }

  /** Shows another draft. */
  select(key: string, id: string): void {
    const kept = this.#kept.get(key);
    if (!kept) return;
    this.#kept.set(key, { ...kept, active: id });
    this.#tell();
  }

  /** Removes a draft; the last one becomes an empty one. */
  remove(key: string, id: string): void {
    const kept = this.#kept.get(key) ?? { active: firstId, drafts: [this.#initial] };
    const at = kept.drafts.findIndex((draft) => draft.id === id);
    const drafts = kept.drafts.filter((draft) => draft.id !== id);
    if (drafts.length === 0) drafts.push({ ...this.#initial, id: this.#newId(), code: emptyCode });
    const next = drafts[Math.min(Math.max(0, at), drafts.length - 1)];
    this.#kept.set(key, { active: next?.id ?? firstId, drafts });
    this.#tell();
  }

  /** What the editor says is selected, and the block its cursor is in; empty without one. */
  get selection(): string {
    return this.#selection?.() ?? '';
  }

  /** See `selection`. */
  get block(): string {
    return this.#block?.() ?? '';
  }

  /** The editor that is on the screen; returns the function that takes it away. */
  attachEditor(selection: () => string, block: () => string): () => void {
    this.#selection = selection;
    this.#block = block;
    return () => {
      if (this.#selection !== selection) return;
      this.#selection = null;
      this.#block = null;
    };
  }

  /** Subscribes to changes made elsewhere than in the editor; returns the unsubscribe function. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Writes down what is not written yet: before the window goes. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const kept = [...this.#kept].map(([key, { active, drafts }]) => [
      key,
      {
        active,
        drafts: drafts.filter(({ code }) => languages.every((language) => code[language].length <= longest)),
      },
    ]);
    try {
      this.#storage?.setItem(storageKey, JSON.stringify(Object.fromEntries(kept)));
    } catch {
      // The storage is full or not allowed: the drafts live as long as the window.
    }
  }

  #add(key: string, name: string, language: Language, code: Draft['code']): void {
    const kept = this.#kept.get(key) ?? { active: firstId, drafts: [this.#initial] };
    const draft = { id: this.#newId(), name, language, code, timeoutMs: this.get(key).timeoutMs };
    this.#kept.set(key, { active: draft.id, drafts: [...kept.drafts, draft].slice(-mostDrafts) });
    this.#tell();
  }

  #newId(): string {
    this.#counter += 1;
    return `${Date.now().toString(36)}-${this.#counter}`;
  }

  #put(key: string, draft: Draft): void {
    const kept = this.#kept.get(key) ?? { active: draft.id, drafts: [draft] };
    const drafts = kept.drafts.map((other) => (other.id === draft.id ? draft : other));
    this.#kept.set(key, { active: draft.id, drafts });
    this.#timer ??= setTimeout(() => this.flush(), saveAfterMs);
  }

  #change(key: string, draft: Draft): void {
    this.#put(key, draft);
    this.#tell();
  }

  #tell(): void {
    this.#timer ??= setTimeout(() => this.flush(), saveAfterMs);
    for (const listener of [...this.#listeners]) listener();
  }
}

const none: readonly Draft[] = [];
const emptyCode: Record<Language, string> = { python: '', shell: '' };

/** What was kept, as far as it can be read: another version may have written it. */
function readKept(storage: DraftStorage | null): [string, Kept][] {
  try {
    const value: unknown = JSON.parse(storage?.getItem(storageKey) ?? '{}');
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([key, kept]): [string, Kept][] => {
      const { active, drafts } = kept as Partial<Kept>;
      const readable = Array.isArray(drafts) ? drafts.filter(isDraft) : [];
      return readable.length > 0 ? [[key, { active: String(active), drafts: readable }]] : [];
    });
  } catch {
    return [];
  }
}

function isDraft(value: unknown): value is Draft {
  if (typeof value !== 'object' || value === null) return false;
  const { id, name, language, code, timeoutMs } = value as Partial<Draft>;
  return (
    typeof id === 'string' &&
    typeof name === 'string' &&
    languages.some((known) => known === language) &&
    languages.every((known) => typeof code?.[known] === 'string') &&
    (timeoutMs === null || typeof timeoutMs === 'number')
  );
}
