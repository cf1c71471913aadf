/**
 * The sandbox's tree as it was told last, and the helper's name for it. Several bundles may be on their way at a time: each answer
 * tells what came of its own since what was before it there, so answers wait for the one before them.
 */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { changeTree, emptyTree, type KnownTree, type Shared } from './tree-changes.ts';

/** What an answer says of the tree. */
export interface ToldChanges {
  /** Since which tree; null: everything is in `set`, or nothing is told. */
  readonly base: string | null;
  /** The name of the tree after it; null: it has none. */
  readonly snapshot: string | null;
  readonly set: readonly unknown[];
  readonly del: readonly string[];
  /** What it was asked to make so. */
  readonly shared?: Shared;
}

/** See the file's first lines. */
export class ToldTree {
  readonly #windowsNames: boolean;
  /** By their base: answers whose turn has not come. */
  readonly #waiting = new Map<string, ToldChanges>();
  #adding: Promise<unknown> = Promise.resolve();
  #tree: KnownTree = emptyTree;
  #snapshot: string | null = null;

  constructor(windowsNames: boolean) {
    this.#windowsNames = windowsNames;
  }

  /** What is there. */
  get tree(): KnownTree {
    return this.#tree;
  }

  /** The helper's name for it; null: the next scan has to tell everything. */
  get snapshot(): string | null {
    return this.#snapshot;
  }

  /** A scan's answer: to `have`, the name that it was asked with. Answers that wait are in it. */
  async look(told: ToldChanges, have: string | null, signal: AbortSignal): Promise<void> {
    this.#waiting.clear();
    if (told.base !== null && told.base !== have) throw wrongBase();
    await this.#change(told, told.base === null, signal);
  }

  /** An apply's answer. One whose turn never comes (another answer was lost) is in what the next scan tells. */
  async add(told: ToldChanges, signal: AbortSignal): Promise<void> {
    if (told.base === null || told.snapshot === null) {
      // An apply without a scan before.
      this.#snapshot = null;
      return;
    }
    if (told.base === told.snapshot) return;
    this.#waiting.set(told.base, told);
    const adding = this.#adding.then(async () => {
      for (;;) {
        const next = this.#snapshot === null ? undefined : this.#waiting.get(this.#snapshot);
        if (next?.base == null) return;
        this.#waiting.delete(next.base);
        await this.#change(next, false, signal);
      }
    });
    this.#adding = adding.catch(() => {});
    await adding;
  }

  /** Begins anew. */
  forget(): void {
    this.#tree = emptyTree;
    this.#snapshot = null;
    this.#waiting.clear();
  }

  async #change(told: ToldChanges, fresh: boolean, signal: AbortSignal): Promise<void> {
    const { set, del, snapshot, shared } = told;
    const changes = { set, del, fresh, inPlace: true, ...(shared === undefined ? {} : { shared }) };
    try {
      this.#tree = await changeTree(this.#tree, changes, this.#windowsNames, signal);
      this.#snapshot = snapshot;
    } catch (error) {
      // It may be half changed.
      this.#tree = emptyTree;
      this.#snapshot = null;
      throw error;
    }
  }
}

function wrongBase(): SpecboardError {
  return new SpecboardError(
    'protocol',
    'The sandbox told of changes since a time that SpecBoard does not know.',
    {
      kept: 'Nothing of it was used.',
      hint: 'Sync again. If it stays so, a program in the sandbox may interfere with the sync.',
    },
  );
}
