/** Exclusion rules made ready: asked by path (`compileRules`), or folder by folder by who walks a tree (`startRules`). */
import { isStateFolder, stateFolder } from '../state-folder.ts';
import { toByteText } from './byte-text.ts';
import { type CompiledText, compileText, findRule, secretsGroup } from './compile-text.ts';
import type { Decided, ExclusionRules, RuleText, Verdict } from './exclusion-rules.ts';

/** The rules as they hold in one folder. */
export interface FolderRules {
  /** What decided about something in this folder; null: no rule is about it. `isDirectory`: a real folder, no link to one. */
  decide(name: string, isDirectory: boolean): Decided | null;
  /** Like `decide`, but null for what a rule took in again. */
  verdict(name: string, isDirectory: boolean): Verdict | null;
  /** The rules in a folder of this one, with the exclusion files that stand there (none are needed where it is excluded). */
  enter(name: string, files?: readonly RuleText[]): FolderRules;
}

/** Tells for any path whether it is left out. Everything below an excluded folder is. */
export interface Matcher {
  /** The rule that leaves the path out; null: it takes part. `isDirectory`: a real folder, no link to one. */
  verdict(path: string, isDirectory: boolean): Verdict | null;
  /** Also tells the rule that takes a path in again. */
  decide(path: string, isDirectory: boolean): Decided | null;
}

/** Folders that are remembered; then it begins anew, since a side that lies can name any number. */
const mostFolders = 100_000;

/** For a whole root's rules, when all of them are known. Verdicts of folders are remembered. */
export function compileRules(rules: ExclusionRules): Matcher {
  const byFolder = Map.groupBy(rules.texts, (text) => text.folder);
  const root = startRules(byFolder.get('') ?? []);
  const folders = new Map<string, FolderRules>([['', root]]);

  const folder = (path: string): FolderRules => {
    const known = folders.get(path);
    if (known) return known;
    if (folders.size > mostFolders) {
      folders.clear();
      folders.set('', root);
    }
    // Down from the nearest known one: no recursion, because paths may come from a side that lies.
    let end = path.length;
    let rules: FolderRules | undefined;
    while (!rules) {
      end = Math.max(0, path.lastIndexOf('/', end - 1));
      rules = folders.get(path.slice(0, end));
    }
    while (end < path.length) {
      const start = end === 0 ? 0 : end + 1;
      const next = path.indexOf('/', start);
      end = next < 0 ? path.length : next;
      const at = path.slice(0, end);
      rules = rules.enter(path.slice(start, end), byFolder.get(at));
      folders.set(at, rules);
    }
    return rules;
  };

  const decide = (asked: string, isDirectory: boolean): Decided | null => {
    const path = asked.startsWith('/') ? asked.replace(/^\/+/, '') : asked;
    const cut = path.lastIndexOf('/');
    return folder(cut < 0 ? '' : path.slice(0, cut)).decide(path.slice(cut + 1), isDirectory);
  };
  return {
    decide,
    verdict: (path, isDirectory) => verdictOf(decide(path, isDirectory)),
  };
}

/** For a walk: the rules in the root's own folder. `texts` are its exclusion files and the lists that are no files. */
export function startRules(texts: readonly RuleText[]): FolderRules {
  return new OpenFolder('', '', stronger([], texts));
}

function verdictOf(decided: Decided | null): Verdict | null {
  return decided?.excluded ? { source: decided.source, line: decided.line, pattern: decided.pattern } : null;
}

/** Strongest first. */
type Stack = readonly CompiledText[];

function stronger(stack: Stack, texts: readonly RuleText[]): Stack {
  const compiled = texts.map(compileText).filter((text) => text.rules.length > 0);
  if (compiled.length === 0) return stack;
  // Later ones first, then a stable sort by strength: of equals, the later one wins.
  return [...compiled.reverse(), ...stack].sort((a, b) => b.group - a.group || b.depth - a.depth);
}

/** A folder that takes part. */
class OpenFolder implements FolderRules {
  readonly #path: string;
  readonly #bytes: string;
  readonly #stack: Stack;

  constructor(path: string, bytes: string, stack: Stack) {
    this.#path = path;
    this.#bytes = bytes;
    this.#stack = stack;
  }

  decide(name: string, isDirectory: boolean): Decided | null {
    if (isStateFolder(name))
      return { source: 'specboard', line: 0, pattern: stateFolder, excluded: true, folder: null };
    const nameBytes = toByteText(name);
    const path = this.#bytes === '' ? nameBytes : `${this.#bytes}/${nameBytes}`;
    for (const text of this.#stack) {
      const rule = findRule(text, path, nameBytes, isDirectory);
      if (!rule || (rule.negated && text.group === secretsGroup)) continue;
      return {
        source: text.source,
        line: text.isFile ? rule.line : 0,
        pattern: rule.text,
        excluded: !rule.negated,
        folder: null,
      };
    }
    return null;
  }

  verdict(name: string, isDirectory: boolean): Verdict | null {
    return verdictOf(this.decide(name, isDirectory));
  }

  enter(name: string, files: readonly RuleText[] = []): FolderRules {
    const path = this.#path === '' ? name : `${this.#path}/${name}`;
    const decided = this.decide(name, true);
    if (decided?.excluded) return new ClosedFolder({ ...decided, folder: path });
    const bytes = toByteText(path);
    return new OpenFolder(path, bytes, stronger(this.#stack, files));
  }
}

/** A folder that is left out, and all below it: nothing takes in again what is in it, and its exclusion files do not count. */
class ClosedFolder implements FolderRules {
  readonly #decided: Decided;

  constructor(decided: Decided) {
    this.#decided = decided;
  }

  decide(): Decided {
    return this.#decided;
  }

  verdict(): Verdict | null {
    return verdictOf(this.#decided);
  }

  enter(): FolderRules {
    return this;
  }
}
