/** A tree without what the exclusion rules leave out. */
import { compileRules } from '../rules/compile-rules.ts';
import type { ExclusionRules } from '../rules/exclusion-rules.ts';
import type { Entry, Excluded, Scan, Unusable } from '../types.ts';
import type { KnownTree } from './tree-changes.ts';
import { turns } from './turns.ts';

const mostListed = 1000;

/** Filters trees; where neither tree nor rules have changed, the entries of last time are given again: nobody changes them. */
export class LeftOut {
  #key = '';
  #tree: KnownTree | null = null;
  #last: Omit<Scan, 'unusable'> | null = null;
  #matcher = compileRules({ texts: [] });

  /** What takes part of a tree and of what else could not be used in it. */
  async filter(
    tree: KnownTree,
    unusable: readonly Unusable[],
    rules: ExclusionRules,
    signal: AbortSignal,
  ): Promise<Scan> {
    const key = JSON.stringify(rules.texts);
    if (key !== this.#key) {
      this.#key = key;
      this.#matcher = compileRules(rules);
      this.#last = null;
    }
    if (this.#tree !== tree) this.#last = null;
    const found = this.#last ?? (await this.#sort(tree, turns(signal)));
    this.#tree = tree;
    this.#last = found;
    return {
      entries: found.entries,
      excluded: [...found.excluded],
      excludedCount: found.excludedCount,
      unusable: [...unusable, ...tree.refused.values()].filter(({ path }) => !this.#isOut(path)),
    };
  }

  async #sort(tree: KnownTree, rest: () => Promise<void>): Promise<Omit<Scan, 'unusable'>> {
    const entries = new Map<string, Entry>();
    const excluded: Excluded[] = [];
    let excludedCount = 0;
    for (const [path, entry] of tree.entries) {
      await rest();
      const directory = entry.kind === 'directory';
      const decided = this.#matcher.decide(path, directory);
      if (!decided?.excluded) {
        entries.set(path, entry);
        continue;
      }
      if (decided.folder !== null) continue;
      excludedCount += 1;
      const { source, line, pattern } = decided;
      if (excluded.length < mostListed)
        excluded.push({ path, side: 'remote', directory, source, line, pattern });
    }
    return { entries, excluded, excludedCount };
  }

  /** What cannot be read may be a file or a folder: a rule about either leaves it out. */
  #isOut(path: string): boolean {
    return this.#matcher.verdict(path, false) !== null || this.#matcher.verdict(path, true) !== null;
  }
}
