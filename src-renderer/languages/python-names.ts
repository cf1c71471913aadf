/** The names that a text of Python defines: found line by line, also in code that is not finished. Pure. */

/** What a name is, as completion shows it. */
export type NameKind = 'function' | 'class' | 'variable' | 'namespace';

/** Text that is looked through; more is of no use to who types. */
const longest = 200_000;

/** Names of functions with their parameters, classes, variables and imports, in the order of the text. */
export function definedNames(text: string): Map<string, NameKind> {
  const found = new Map<string, NameKind>();
  const add = (names: string, kind: NameKind) => {
    for (const part of names.split(',')) {
      const name = /^[\s(*[]*([^\W\d]\w*)/u.exec(part)?.[1];
      if (name !== undefined && !found.has(name)) found.set(name, kind);
    }
  };
  for (const line of text.slice(0, longest).split('\n')) {
    const code = line.replace(/#.*/, '');
    const called = /^\s*(?:async\s+)?def\s+(\w+)\s*(?:\(([^)]*))?/.exec(code);
    if (called) {
      add(called[1] ?? '', 'function');
      add(called[2] ?? '', 'variable');
      continue;
    }
    const type = /^\s*class\s+(\w+)/.exec(code);
    if (type) add(type[1] ?? '', 'class');
    const brought = /^\s*(from\s+[\w.]+\s+)?import\s+(.+)/.exec(code);
    if (brought) {
      const names = (brought[2] ?? '').replace(/[\w.]+\s+as\s+/g, '');
      add(names, brought[1] ? 'variable' : 'namespace');
      continue;
    }
    const assigned = /^\s*([\w\s,()*[\]]+?)\s*(?::[^=]+)?=(?!=)/.exec(code);
    if (assigned && !/[\w)\]]\s*[([]/.test(assigned[1] ?? '')) add(assigned[1] ?? '', 'variable');
    for (const [, names = ''] of code.matchAll(/\bfor\s+([\w\s,()*]+?)\s+in\b/g)) add(names, 'variable');
    for (const [, name = ''] of code.matchAll(/\bas\s+(\w+)/g)) add(name, 'variable');
    for (const [, name = ''] of code.matchAll(/(\w+)\s*:=/g)) add(name, 'variable');
  }
  return found;
}
