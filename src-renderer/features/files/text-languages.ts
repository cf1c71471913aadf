/** The language of a file by its name, loaded when a file of it is opened first. */
import { StreamLanguage } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import type { moreLanguages } from '../../languages/more-languages.ts';

type MoreLanguages = typeof moreLanguages;

const byEnding: readonly [ending: RegExp, load: () => Promise<Extension>][] = [
  [/\.pyi?$/i, async () => (await import('../../languages/python-language.ts')).pythonLanguage],
  [
    /\.(sh|bash|zsh)$|^\.?(bash|zsh)rc$|^\.profile$/i,
    async () => StreamLanguage.define((await import('@codemirror/legacy-modes/mode/shell')).shell),
  ],
  [/\.(json|ipynb|jsonl|geojson)$/i, () => more('json')],
  [/\.[mc]?[jt]sx?$/i, () => more('script')],
  [/\.ya?ml$/i, () => more('yaml')],
  [/\.toml$|^Pipfile$/i, () => more('toml')],
  [/\.(html?|xml|svg|xhtml)$/i, () => more('markup')],
  [/^Dockerfile|\.dockerfile$/i, () => more('dockerfile')],
];

async function more(name: keyof MoreLanguages): Promise<Extension> {
  return (await import('../../languages/more-languages.ts')).moreLanguages[name];
}

/** Highlighting for the file `name`; null for plain text. Never rejects: colours are not worth an error. */
export async function languageFor(name: string): Promise<Extension | null> {
  const found = byEnding.find(([ending]) => ending.test(name));
  return found ? found[1]().catch(() => null) : null;
}
