/** Finds Python in a sandbox, and the folders where the helper may lie, with one command that also asks where it lies already. */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { stateFolder } from '../state-folder.ts';
import { quote } from './quote.ts';

/** What the command found. Paths are absolute. */
export interface Found {
  /** The interpreter itself, no shim; null where there is none of 3.8 or newer. */
  readonly python: string | null;
  /** Null where it is not set or no folder. */
  readonly home: string | null;
  /** The working folder. */
  readonly here: string;
  /** The folder in which the helper lies already, and was run with the request. */
  readonly base: string | null;
}

const candidates =
  'python3 python /usr/bin/python3 /usr/local/bin/python3 /opt/conda/bin/python3 /opt/venv/bin/python3 /opt/homebrew/bin/python3';

/** The command. With `word`, a helper that is there already answers it; exit code 3 where there is none. */
export function locateCommand(kitName: string, word: string | null): string {
  return `q=
for p in ${candidates}; do
  q=$("$p" -I -S -c 'import sys
if sys.version_info < (3, 8): sys.exit(1)
print(sys.executable)' 2>/dev/null) && [ -n "$q" ] && break
  q=
done
printf '\\nSYNCKIT-HERE %s\\nSYNCKIT-HOME %s\\nSYNCKIT-PYTHON %s\\n' "$PWD" "$HOME" "$q"
[ -n "$q" ] || exit 3
for h in "$HOME" "$PWD"; do
  b=$h/${stateFolder}
  if [ -f "$b/${kitName}" ]; then
    printf 'SYNCKIT-BASE %s\\n' "$b"
    HOME=$h; export HOME
    ${word === null ? 'exit 0' : `exec "$q" -I -S -B "$b/${kitName}" ${quote(word)}`}
  fi
done
exit 3`;
}

/** Reads what it printed. Throws `unsupported` where it was not run by a shell. */
export function readFound(stdout: Uint8Array, details: string): Found {
  const text = Buffer.from(stdout.buffer, stdout.byteOffset, stdout.byteLength).toString('utf8');
  const path = (name: string): string | null => {
    const said = [...text.matchAll(new RegExp(`^SYNCKIT-${name} (/[^\\0\\n]{0,2000})$`, 'gm'))].at(-1)?.[1];
    return said ?? null;
  };
  const here = path('HERE');
  if (here === null) throw noShell(details);
  return { python: path('PYTHON'), home: path('HOME'), here, base: path('BASE') };
}

/** Neither Python nor a shell that does what is needed. */
export function noShell(details: string): SpecboardError {
  return new SpecboardError('unsupported', 'Files of this sandbox cannot be synced.', {
    hint: 'It needs Python 3.8 or newer, or a shell with find, stat, sha256sum and tar.',
    details,
  });
}
