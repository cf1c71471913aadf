/** Files that code names and seems to read: good guesses for a list of what may be missing elsewhere, nothing more. Pure. */
import type { Language } from '../../../src-shared/domain/execution.ts';

/** Looked for at most. */
const mostFiles = 20;
const longestCode = 200_000;

const literal =
  /(?<before>[\w.]*\s*\(?\s*)(?:[rbuRBU]{0,2})(?<quote>['"])(?<path>(?:(?!\k<quote>)[^\\\n]){1,300})\k<quote>(?<after>\s*,\s*['"][wax][bt+]*['"])?/g;
const word = /(?<=^|[\s=<])(?<redirect>>{1,2}\s*)?(?<path>[^\s'"|&;<>()$`*?{}]{1,300})/gm;
/** Calls whose file comes into being. */
const writes =
  /(?:^|\.)(?:to_\w+|savefig|imwrite|imsave|save|savetxt|savez\w*|dump|write_\w+|mkdir|makedirs)\s*\(\s*$/;
const extension = /\.[A-Za-z][A-Za-z0-9]{0,7}$/;

/** Paths in the order in which they stand in the code, each once. */
export function namedFiles(code: string, language: Language): string[] {
  const text = code.slice(0, longestCode);
  const found = language === 'python' ? inPython(text) : inShell(text);
  return [...new Set(found)].slice(0, mostFiles);
}

function inPython(text: string): string[] {
  return [...text.matchAll(literal)].flatMap(({ groups }) => {
    const { path = '', before = '', after } = groups ?? {};
    return after === undefined && !writes.test(before) && isPath(path) ? [path] : [];
  });
}

function inShell(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    if (line.trimStart().startsWith('#')) return [];
    return [...line.matchAll(word)].flatMap(({ groups, index }) => {
      const { path = '', redirect } = groups ?? {};
      // The first word is the command itself.
      const isCommand = line.slice(0, index).trim() === '' && !path.startsWith('./');
      return redirect === undefined && !isCommand && !path.startsWith('-') && isPath(path) ? [path] : [];
    });
  });
}

/** With an extension, and nothing that makes it an address, a pattern, a sentence or a device. */
function isPath(text: string): boolean {
  if (!extension.test(text) || /[\s:*?%{}<>|=,;@]|\/\/|^\.+$|^\/(dev|proc|sys)\//.test(text)) return false;
  // "3.14", "numpy.random", "example.com": a folder, or an ending that files have.
  if (text.includes('/')) return true;
  return /\.(csv|tsv|txt|json|jsonl|parquet|xlsx?|png|jpe?g|gif|svg|pdf|py|sh|sql|db|sqlite|ya?ml|toml|ini|cfg|md|html?|xml|log|npy|npz|pkl|pickle|h5|hdf5|feather|zip|gz|tgz|bz2|xz|tar|wav|mp3|mp4|bin|dat|ipynb|r|pt|pth|onnx|env)$/i.test(
    text,
  );
}
