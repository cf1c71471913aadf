/** One exclusion file or list made ready to be asked quickly. */
import { toByteText } from './byte-text.ts';
import type { RuleText } from './exclusion-rules.ts';
import { matchGlob } from './glob.ts';
import { parseRules, type Rule } from './parse-rules.ts';

/** See `compileText`. */
export interface CompiledText {
  readonly source: string;
  /** Its lines have numbers. */
  readonly isFile: boolean;
  /** Higher ones win over lower ones, whatever their folders. */
  readonly group: number;
  /** How deep its folder is; within a group, deeper ones win. */
  readonly depth: number;
  readonly rules: readonly Rule[];
  /** Bytes of a path that are the folder, with its slash. The path is known to be below it. */
  readonly skip: number;
  /** Places of rules that ask for one name and no other. */
  readonly byName: ReadonlyMap<string, readonly number[]>;
  /** Places of rules like `*.log`, by what follows the name's last dot. */
  readonly byExtension: ReadonlyMap<string, readonly number[]>;
  /** Places of rules about names that begin with a certain byte: `.env.*`, `id_rsa*`. */
  readonly byStart: ReadonlyMap<number, readonly number[]>;
  /** Places of the rest. */
  readonly others: readonly number[];
}

/** Its rules sorted by how they are found. */
export function compileText(text: RuleText): CompiledText {
  const rules = parseRules(text.text);
  const byName = new Map<string, number[]>();
  const byExtension = new Map<string, number[]>();
  const byStart = new Map<number, number[]>();
  const others: number[] = [];
  rules.forEach((rule, index) => {
    if (rule.rest === 'never') return;
    if (rule.rest === 'none') push(byName, rule.prefix.slice(rule.prefix.lastIndexOf('/') + 1), index);
    else if (rule.rest === 'suffix' && rule.prefix === '' && rule.suffix.lastIndexOf('.') === 0)
      push(byExtension, rule.suffix.slice(1), index);
    else if (rule.nameOnly && rule.prefix !== '') push(byStart, rule.prefix.charCodeAt(0), index);
    else others.push(index);
  });
  const group = groupOf(text.source);
  return {
    source: text.source,
    isFile: group === 1 || group === 2,
    group,
    depth: text.folder === '' ? 0 : text.folder.split('/').length,
    rules,
    skip: text.folder === '' ? 0 : toByteText(text.folder).length + 1,
    byName,
    byExtension,
    byStart,
    others,
  };
}

function push<K>(map: Map<K, number[]>, key: K, index: number): void {
  const list = map.get(key);
  if (list) list.push(index);
  else map.set(key, [index]);
}

/**
 * Weak to strong: the usual, what is there for git, what is there for SpecBoard, files that hold secrets, what the person set for this
 * root. Secrets stand above the files because those come from the sandbox, too: a `!.env` that code wrote there must not send the
 * person's `.env`.
 */
function groupOf(source: string): number {
  if (source === 'defaults') return 0;
  if (source === 'secrets') return secretsGroup;
  const name = source.slice(source.lastIndexOf('/') + 1);
  if (name === '.gitignore') return 1;
  if (name === '.specboardignore') return 2;
  return 4;
}

/** In this group a `!` takes nothing in: it only says which of the names are harmless (`!.env.example`), and leaves those to the rest. */
export const secretsGroup = 3;

/** The last rule that is about this path (byte text, with its name); null: none is. */
export function findRule(text: CompiledText, path: string, name: string, isDirectory: boolean): Rule | null {
  let best = -1;
  const take = (places: readonly number[] | undefined) => {
    if (!places) return;
    for (let at = places.length - 1; at >= 0; at -= 1) {
      const place = places[at] ?? -1;
      if (place <= best) return;
      const rule = text.rules[place];
      if (rule && holds(rule, text.skip, path, name, isDirectory)) {
        best = place;
        return;
      }
    }
  };
  take(text.byName.get(name));
  if (text.byExtension.size > 0) {
    const dot = name.lastIndexOf('.');
    if (dot >= 0) take(text.byExtension.get(name.slice(dot + 1)));
  }
  if (text.byStart.size > 0) take(text.byStart.get(name.charCodeAt(0)));
  take(text.others);
  return text.rules[best] ?? null;
}

function holds(rule: Rule, skip: number, path: string, name: string, isDirectory: boolean): boolean {
  if (rule.directoryOnly && !isDirectory) return false;
  const subject = rule.nameOnly ? name : path;
  const start = rule.nameOnly ? 0 : skip;
  const { prefix, rest } = rule;
  if (rest === 'none') return subject.length - start === prefix.length && subject.startsWith(prefix, start);
  if (rest === 'never' || !subject.startsWith(prefix, start)) return false;
  const from = start + prefix.length;
  if (rest === 'suffix') return subject.length - from >= rule.suffix.length && subject.endsWith(rule.suffix);
  return matchGlob(rest, subject, from);
}
