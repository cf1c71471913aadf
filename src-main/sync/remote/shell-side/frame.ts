/**
 * Shell scripts of ours and what they answer. A script is a function `main` between two marks, so that a login shell's noise and a
 * cut link are noticed; its lines come plain or (`packed`) as gzip in base64 where the sandbox has both.
 */
import { gunzipSync } from 'node:zlib';
import { type ErrorCode, SpecboardError } from '../../../../src-shared/contract/errors.ts';
import { stateFolder } from '../../state-folder.ts';
import { quote } from '../quote.ts';
import { GarbledAnswer } from '../retry.ts';

/** What every script knows. */
export interface ScriptRoot {
  readonly root: string;
  readonly rootId: string;
  /** The state goes below the working folder: the home folder is of no use to the driver's files. */
  readonly isAwayFromHome?: boolean;
}

const mostAnswerBytes = 512 * 1024 * 1024;

/**
 * Functions and variables for all scripts: `$ROOT` (absolute), `$STATE` (empty where there can be none yet), `fail CODE TEXT`,
 * `hash FILE`, `open_state`. Nothing but POSIX sh and what busybox has.
 */
function prelude({ root, rootId, isAwayFromHome = false }: ScriptRoot): string {
  return `set -u
LC_ALL=C; export LC_ALL
MASK=$(umask); umask 077
NL='
'
ROOT=${quote(root)}
case $ROOT in
  /*) ;;
  '~') ROOT=$HOME ;;
  '~/'*) ROOT=$HOME/\${ROOT#'~/'} ;;
  *) ROOT=$PWD/$ROOT ;;
esac
ID=${rootId}
BASE=\${HOME:-/nonexistent}/${stateFolder}
${isAwayFromHome ? '' : `[ ! -d "$PWD/${stateFolder}/$ID" ] || `}BASE=$PWD/${stateFolder}
STATE=
fail() { printf 'FAIL %s %s\\n' "$1" "$2"; exit 0; }
failed_write() {
  case $1 in *'o space'*|*quota*) fail no-space "$1" ;; *) fail forbidden "$1" ;; esac
}
hash() { h=$(sha256sum < "$1") && printf '%.64s' "$h"; }
volume() { stat -c %d -- "$1" 2>/dev/null; }
near() {
  n=$ROOT
  while [ ! -d "$n" ]; do n=\${n%/*}; [ -n "$n" ] || n=/; done
  printf %s "$n"
}
usable() {
  mkdir -p "$1" 2>/dev/null && [ -w "$1" ] || return 1
  (cd "$1" && mkdir -p in out stage kept parts) 2>/dev/null
}
open_state() {
  if [ -d "$BASE/$ID" ] || usable "$BASE/$ID"; then
    if [ "$(volume "$BASE/$ID")" = "$(volume "$(near)")" ] && usable "$BASE/$ID"; then STATE=$BASE/$ID; return 0; fi
    [ -f "$BASE/$ID/marker" ] || rm -rf "$BASE/$ID"
  fi
  if [ ! -d "$ROOT" ]; then
    [ "$1" = make ] || return 0
    e=$(umask "$MASK"; mkdir -p "$ROOT" 2>&1) || failed_write "$e"
  fi
  STATE=$ROOT/${stateFolder}/$ID
  if ! usable "$STATE"; then
    STATE=
    fail forbidden 'no folder there can be written'
  fi
}
locked() {
  command -v flock >/dev/null 2>&1 || return 0
  exec 9>>"$STATE/lock"
  for t in 1 2 3 4 5 6 7 8 9 10; do
    flock -n 9 2>/dev/null && return 0
    [ $? != 127 ] || return 0
    sleep 1
  done
  fail conflict 'another sync holds the lock'
}
write_marker() {
  printf '{"rootId": "%s", "epoch": %s}' "$ID" "$1" > "$STATE/marker.new" && mv -f "$STATE/marker.new" "$STATE/marker"
}
`;
}

/** A whole script. `body` runs in a function; `nonce` is new for each. */
export function script(root: ScriptRoot, nonce: string, body: string, packed = false): string {
  const plain = `printf '\\nSB-%s-plain\\n' ${nonce}; main; printf '\\nSB-%s-end\\n' ${nonce}`;
  const small = `printf '\\nSB-%s-packed\\n' ${nonce}; main | gzip -c | base64; printf '\\nSB-%s-end\\n' ${nonce}`;
  const run = packed
    ? `if command -v gzip >/dev/null 2>&1 && command -v base64 >/dev/null 2>&1; then ${small}; else ${plain}; fi`
    : plain;
  // In a subshell: \`fail\` leaves it, and the end mark still comes.
  return `${prelude(root)}
main() (
${body}
printf 'DONE\\n'
)
${run}
`;
}

/** The lines of a script's answer, as bytes, without the last. Throws what it says with \`fail\`, or `GarbledAnswer`. */
export function readLines(stdout: Uint8Array, nonce: string, details: string): Buffer[] {
  const all = Buffer.from(stdout.buffer, stdout.byteOffset, stdout.byteLength);
  const end = all.lastIndexOf(`\nSB-${nonce}-end\n`);
  const begin = /SB-[0-9a-f]+-(plain|packed)\n/.exec(all.subarray(0, Math.max(0, end)).toString('latin1'));
  if (end < 0 || !begin || !begin[0].includes(nonce)) throw new GarbledAnswer(`no answer; ${details}`);
  let body: Buffer = all.subarray(begin.index + begin[0].length, end);
  if (begin[1] === 'packed') body = unpack(body);
  const lines: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const next = body.indexOf(10, at);
    const stop = next < 0 ? body.length : next;
    lines.push(body.subarray(at, stop));
    at = stop + 1;
  }
  const last = lines.pop()?.toString('utf8') ?? '';
  if (last === 'DONE') return lines;
  const failure = /^FAIL ([a-z-]+) (.*)$/.exec(last);
  if (failure?.[1]) throw problemOf(failure[1], failure[2] ?? '');
  throw new GarbledAnswer(`the script stopped at ${JSON.stringify(last.slice(0, 200))}; ${details}`);
}

function unpack(body: Buffer): Buffer {
  try {
    return gunzipSync(Buffer.from(body.toString('latin1'), 'base64'), { maxOutputLength: mostAnswerBytes });
  } catch {
    throw new GarbledAnswer('the answer is damaged');
  }
}

const messages: Readonly<Record<string, [code: ErrorCode, message: string, hint?: string]>> = {
  invalid: [
    'invalid',
    'The folder of the sync is not a folder in the sandbox.',
    'Choose another folder there.',
  ],
  forbidden: [
    'forbidden',
    'The sandbox does not allow reading or writing there.',
    'Choose another folder, or change its owner in the sandbox.',
  ],
  conflict: [
    'unavailable',
    'Another sync uses this folder of the sandbox now.',
    'Try again when that one is through.',
  ],
  'no-space': [
    'no-space',
    'The disk of the sandbox is full.',
    'Remove something in the sandbox, then sync again.',
  ],
  'not-found': ['not-found', 'It is not in the sandbox any more.'],
  protocol: ['protocol', 'What was sent did not arrive as it is.', 'Sync again.'],
  tools: [
    'unsupported',
    'Files of this sandbox cannot be synced: it has no Python, and its shell lacks what would be needed instead.',
    'Install Python 3.8 or newer there, or use an image that has it.',
  ],
};

function problemOf(code: string, details: string): SpecboardError {
  const [known, message, hint] = messages[code] ?? ['protocol', 'The sandbox could not do what was asked.'];
  return new SpecboardError(known, message, {
    details,
    kept: 'No file is half written.',
    ...(hint === undefined ? {} : { hint }),
  });
}
