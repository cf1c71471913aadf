/** The language of a file by its name, loaded when a file of it is opened first. */
import { StreamLanguage } from '@codemirror/language';
import type { Extension } from '@codemirror/state';

const byEnding: readonly [ending: RegExp, load: () => Promise<Extension>][] = [
  [/\.pyi?$/i, async () => (await import('@codemirror/lang-python')).python()],
  [
    /\.(sh|bash|zsh)$|^\.?(bash|zsh)rc$|^\.profile$/i,
    async () => StreamLanguage.define((await import('@codemirror/legacy-modes/mode/shell')).shell),
  ],
  [
    /\.(json|ipynb|jsonl|geojson)$/i,
    async () => StreamLanguage.define((await import('@codemirror/legacy-modes/mode/javascript')).json),
  ],
  [
    /\.(js|mjs|cjs|jsx)$/i,
    async () => StreamLanguage.define((await import('@codemirror/legacy-modes/mode/javascript')).javascript),
  ],
  [
    /\.(ts|tsx|mts|cts)$/i,
    async () => StreamLanguage.define((await import('@codemirror/legacy-modes/mode/javascript')).typescript),
  ],
  [/\.ya?ml$/i, async () => StreamLanguage.define((await import('@codemirror/legacy-modes/mode/yaml')).yaml)],
  [
    /\.toml$|^Pipfile$/i,
    async () => StreamLanguage.define((await import('@codemirror/legacy-modes/mode/toml')).toml),
  ],
  [
    /\.(html?|xml|svg|xhtml)$/i,
    async () => StreamLanguage.define((await import('@codemirror/legacy-modes/mode/xml')).html),
  ],
  [
    /^Dockerfile|\.dockerfile$/i,
    async () => StreamLanguage.define((await import('@codemirror/legacy-modes/mode/dockerfile')).dockerFile),
  ],
];

/** Highlighting for the file `name`; null for plain text. Never rejects: colours are not worth an error. */
export async function languageFor(name: string): Promise<Extension | null> {
  const found = byEnding.find(([ending]) => ending.test(name));
  return found ? found[1]().catch(() => null) : null;
}
