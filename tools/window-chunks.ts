/**
 * How the window's code is cut into files. What is loaded at the start is one file instead of thirty, and so are the parts of
 * react-aria and of CodeMirror that several tabs need later: many small files of shared parts made the whole 20 kB larger
 * (gzipped), and the start no faster.
 */
import { join } from 'node:path';
import { normalizePath, type Plugin } from 'vite';

/** Knows what a module imports statically. */
interface Modules {
  getModuleInfo(id: string): { importedIds: readonly string[] } | null;
}

const page = (name: string) => normalizePath(join(import.meta.dirname, '../src-renderer', name));
/** What the entry itself uses. It stamps the nonce before anything else runs: none of this may be in one file with the rest. */
const first = /vite[\\/]preload-helper|src-renderer[\\/](csp-nonce\.ts|ui[\\/](tokens|base)\.css)/;
/** Parts that are loaded later, and the files that hold them. */
const later: readonly (readonly [name: string, modules: RegExp])[] = [
  ['sync', /src-renderer[\\/](features[\\/]sync[\\/](?!conflict)|messages[\\/]sync\.)/],
  ['lists', /node_modules[\\/](react-aria|react-stately|@internationalized)/],
  [
    'code',
    /node_modules[\\/](@codemirror[\\/](?!merge|legacy-modes)|@lezer|style-mod|crelt|w3c-keyname)|legacy-modes[\\/]mode[\\/](python|shell)|src-renderer[\\/](languages[\\/]python-|.*code-look)/,
  ],
];

/** Small parts of the window that several later files need: a file of its own would cost more than what is in it. */
const small =
  /src-renderer[\\/](ui[\\/](use-narrow|radio-rows|scroll-area|paged-list)|languages[\\/]line-break|features[\\/](files[\\/](visible-name|file-name)|output[\\/]use-(copy|width)|shortcuts[\\/]shortcuts\.module)|app[\\/]forget-runs|stores[\\/]files[\\/]file-paths)/;

/** For the environment `client`, which is the window. */
export function windowChunks(): Plugin {
  return {
    name: 'specboard:window-chunks',
    outputOptions(options) {
      if (this.environment.name !== 'client') return null;
      let start: ReadonlySet<string> | undefined;
      const name = (id: string, modules: Modules) => {
        start ??= reachedFrom(page('start.tsx'), modules);
        if (start.has(id) || small.test(id)) return 'base';
        return later.find(([, pattern]) => pattern.test(id))?.[0] ?? null;
      };
      return {
        ...options,
        codeSplitting: { groups: [{ name: 'first', test: first, priority: 1 }, { name }] },
      };
    },
  };
}

/** A module, and all that it imports without a dynamic import. */
function reachedFrom(entry: string, modules: Modules): Set<string> {
  const reached = new Set([entry]);
  for (const id of reached)
    for (const imported of modules.getModuleInfo(id)?.importedIds ?? []) reached.add(imported);
  return reached;
}
