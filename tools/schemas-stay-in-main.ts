/**
 * The window checks nothing with schemas: the main process does, and believes nothing that comes from the window. Modules of
 * src-shared hold a type's schema beside the functions that work on it, so that zod would come along (27 kB gzipped of the
 * page) for schemas that nobody asks there. This plugin gives the window's build schemas without content instead.
 */
import type { Plugin } from 'vite';

const stub = '\0schemas-without-content';

/** Every schema is this: any call and any property gives it again, and whoever wants to check something with it is told. */
const code = `
const refuse = () => { throw new Error('Schemas are checked by the main process only.'); };
const checks = new Set(['parse', 'safeParse', 'parseAsync', 'safeParseAsync', 'decode', 'encode', 'shape']);
const schema = new Proxy(function () {}, {
  get: (_target, key) => (key === Symbol.toPrimitive || key === 'then' ? undefined : checks.has(key) ? refuse() : schema),
  apply: () => schema,
});
export { schema as z };
`;

/** For the environment `client`, which is the window. */
export function schemasStayInMain(): Plugin {
  return {
    name: 'specboard:schemas-stay-in-main',
    enforce: 'pre',
    resolveId(source) {
      return source === 'zod' && this.environment.name === 'client' ? stub : null;
    },
    load(id) {
      return id === stub ? code : null;
    },
  };
}
