/** The languages that only files are in, loaded together: they are small. */
import { StreamLanguage } from '@codemirror/language';
import { toml } from '@codemirror/legacy-modes/mode/toml';
import { yaml } from '@codemirror/legacy-modes/mode/yaml';
import { jsonLanguage, scriptLanguage } from './braces-language.ts';
import { dockerfileLanguage } from './dockerfile-language.ts';
import { markupLanguage } from './markup-language.ts';

/** Each by its name. */
export const moreLanguages = {
  json: jsonLanguage,
  script: scriptLanguage,
  markup: markupLanguage,
  dockerfile: dockerfileLanguage,
  yaml: StreamLanguage.define(yaml),
  toml: StreamLanguage.define(toml),
} as const;
