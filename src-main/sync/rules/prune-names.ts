/** Which folders the other side need not even list. */
import { toByteText } from './byte-text.ts';
import { compileText, findRule } from './compile-text.ts';
import type { ExclusionRules, RuleText } from './exclusion-rules.ts';
import { compileGlob, matchGlob } from './glob.ts';
import { parseRules } from './parse-rules.ts';

/**
 * Names of folders that are left out wherever they are, whatever stands around them: a plain name (`node_modules/`) in a list of the
 * root's own folder, which no `!` pattern of any text could be about. A hint that saves work: what it does not name is
 * sorted out later. So it rather names too few.
 */
export function pruneNames(rules: ExclusionRules): string[] {
  const everywhere = rules.texts.filter((text) => text.folder === '');
  const names = new Set<string>();
  for (const text of everywhere)
    for (const rule of parseRules(text.text))
      if (rule.nameOnly && !rule.negated && rule.rest === 'none' && rule.prefix !== '')
        names.add(rule.text.endsWith('/') ? rule.text.slice(0, -1) : rule.text);
  const takers = rules.texts.flatMap(namesTakenIn);
  return [...names].filter((name) => {
    const bytes = toByteText(name);
    return !takers.some((takes) => takes(bytes)) && leftOut(everywhere, bytes);
  });
}

/** For each `!` pattern, whether it could be about a folder of a name. */
function namesTakenIn(text: RuleText): ((name: string) => boolean)[] {
  return parseRules(text.text)
    .filter((rule) => rule.negated && rule.rest !== 'never')
    .map((rule) => {
      const pattern = toByteText(rule.text.slice(1)).replace(/\/$/, '');
      // A slash that is none, and `**` inside a name, which swallows slashes in odd ways: then it may be about anything.
      if (/[\\[]/.test(pattern) || /[^/*]\*\*|\*\*[^/*]/.test(pattern)) return () => true;
      const last = compileGlob(pattern.slice(pattern.lastIndexOf('/') + 1));
      return (name: string) => last === null || matchGlob(last, name);
    });
}

/** Whether a folder of this name is left out in the root's own folder (then, no `!` being about it, it is everywhere). */
function leftOut(texts: readonly RuleText[], name: string): boolean {
  return texts.some((text) => findRule(compileText(text), name, name, true)?.negated === false);
}
