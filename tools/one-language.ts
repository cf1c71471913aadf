/**
 * The words of react-aria ("Suggestions", "Drag") come in 34 languages, all of them loaded: 20 kB gzipped at the start, and more
 * with the Files tab. The window speaks the language of its message modules; when a second one lands there, its code is added
 * here. Missing languages fall back to English, as the library does for those it does not know.
 */
import type { Plugin } from 'vite';

/** Languages of src-renderer/messages. */
const spoken = ['en-US'];
const words =
  /[\\/]react-(?:aria|aria-components|stately)[\\/].*[\\/]intl[\\/](?:.*[\\/])?([a-z]{2}-[A-Z]{2})\.mjs$/;

/** For the environment `client`, which is the window. */
export function oneLanguage(): Plugin {
  return {
    name: 'specboard:one-language',
    enforce: 'pre',
    load(id) {
      const language = words.exec(id)?.[1];
      if (language === undefined || spoken.includes(language) || this.environment.name !== 'client')
        return null;
      return 'export default undefined;';
    },
  };
}
