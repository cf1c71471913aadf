/** Which rules a root has, by what its person chose and what stands in its folder. */
import type { ExclusionChoice } from '../sides.ts';
import { defaultPatterns, secretPatterns } from './default-patterns.ts';
import type { ExclusionRules, RuleText } from './exclusion-rules.ts';

/** The lists that are no files, for `startRules` and for `chooseRules`. */
export function chosenLists(choice: ExclusionChoice): RuleText[] {
  const list = (source: string, patterns: readonly string[]): RuleText => ({
    source,
    folder: '',
    text: patterns.join('\n'),
  });
  return [
    ...(choice.defaults ? [list('defaults', defaultPatterns)] : []),
    ...(choice.secrets ? [list('secrets', secretPatterns)] : []),
    list('profile', choice.patterns),
  ];
}

/** Whether a file of this name can leave others out. */
export function isExclusionFile(name: string): boolean {
  return name === '.specboardignore' || name === '.gitignore';
}

/** Whether an exclusion file of this name counts. */
export function countsAsRules(choice: ExclusionChoice, name: string): boolean {
  return name === '.specboardignore' || (name === '.gitignore' && choice.gitignore);
}

/** All of a root's rules, with the exclusion files that count and were found. */
export function chooseRules(choice: ExclusionChoice, files: readonly RuleText[]): ExclusionRules {
  const counting = files.filter((file) =>
    countsAsRules(choice, file.source.slice(file.source.lastIndexOf('/') + 1)),
  );
  return { texts: [...chosenLists(choice), ...counting] };
}
