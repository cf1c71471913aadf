/** Applies items with plain shell commands: stage all, check every hash, sync, then one after the other. */
import { SpecboardError } from '../../../../src-shared/contract/errors.ts';
import type { BundleItem } from '../../bundle/bundle-item.ts';
import type { ApplyResult, Entry } from '../../types.ts';
import { quote } from '../quote.ts';

/** What is applied. */
export interface ShellApply {
  readonly cycle: string;
  readonly epoch: number;
  readonly items: readonly BundleItem[];
  /** A unique name of this attempt. */
  readonly nonce: string;
  /** The bundle: base64 in the script, or a name in `in/`. */
  readonly bundle: { readonly data: string } | { readonly file: string };
}

const functions = `say() { printf 'R %s\\n' "$*"; }
mode_of() { printf %s $((0x$(stat -c %f -- "$1") & 0777)); }
is() {
  case $2 in
    -) [ ! -e "$1" ] && [ ! -L "$1" ] ;;
    d) [ -d "$1" ] && [ ! -L "$1" ] ;;
    l) [ -L "$1" ] && [ "$(readlink "$1"; printf x)" = "$3\${NL}x" ] ;;
    f) [ -f "$1" ] && [ ! -L "$1" ] || return 1
      x=$(($(mode_of "$1") & 0100)); [ $x = 0 ] || x=1
      [ "$4" = $x ] && [ "$(hash "$1")" = "$3" ] ;;
  esac
}
parents() {
  p=.; r=$1
  while :; do
    case $r in */*) ;; *) return 0 ;; esac
    p=$p/\${r%%/*}; r=\${r#*/}
    [ ! -L "$p" ] || return 1
    [ -d "$p" ] && continue
    [ ! -e "$p" ] && [ "$2" = make ] && (umask "$MASK"; mkdir "$p") 2>/dev/null || return 1
  done
}
trouble() {
  case $2 in
    *'o space'*|*quota*) say "$1" failed no-space ;;
    *'irectory not empty'*) say "$1" changed ;;
    *) say "$1" failed read-only "$(printf %.300s "$2" | tr '\\n' ' ')" ;;
  esac
}
# keep NUMBER PATH KIND: what is there goes to the kept copies; its name in $k.
keep() {
  k=-
  case $3 in
    -) return 0 ;;
    d) e=$(rmdir "$2" 2>&1) || { say "$1" changed; return 1; } ;;
    *) mkdir -p "$STATE/kept/$CYCLE"
      k=$CYCLE/$1-$NONCE
      e=$(mv -f "$2" "$STATE/kept/$k" 2>&1) || { trouble "$1" "$e"; return 1; } ;;
  esac
}
# put NUMBER PATH HASH EXECUTABLE SECONDS OVER-KIND OVER-VALUE OVER-EXECUTABLE
put() {
  f=./$2; s=$STAGE/$1
  parents "$2" make || { say "$1" changed; return; }
  if is "$f" f "$3" "$4"; then say "$1" done -; return; fi
  is "$f" "$6" "$7" "$8" || { say "$1" changed; return; }
  [ -f "$s" ] || { say "$1" changed; return; }
  m=$NEW
  [ "$4" = 0 ] || m=$NEW_EXECUTABLE
  if [ "$6" = f ]; then
    m=$(($(mode_of "$f") & 0666))
    [ "$4" = 0 ] || m=$((m | (m >> 2 & 0111)))
    m=$(printf %o $m)
  fi
  e=$(chmod $m "$s" 2>&1) || { trouble "$1" "$e"; return; }
  touch -d "@$5" "$s" 2>/dev/null
  k=-
  if [ "$6" = f ]; then
    mkdir -p "$STATE/kept/$CYCLE"; k=$CYCLE/$1-$NONCE
    ln "$f" "$STATE/kept/$k" 2>/dev/null || e=$(cp -p "$f" "$STATE/kept/$k" 2>&1) || { trouble "$1" "$e"; return; }
    e=$(mv -f "$s" "$f" 2>&1) || { trouble "$1" "$e"; return; }
  else
    keep "$1" "$f" "$6" || return
    if ln "$s" "$f" 2>/dev/null; then rm -f "$s"
    elif [ -e "$f" ] || [ -L "$f" ]; then say "$1" changed; return
    else e=$(mv -f "$s" "$f" 2>&1) || { trouble "$1" "$e"; return; }
    fi
  fi
  say "$1" done "$k"
}
# directory NUMBER PATH OVER...
directory() {
  f=./$2
  parents "$2" make || { say "$1" changed; return; }
  if is "$f" d; then say "$1" done -; return; fi
  is "$f" "$3" "$4" "$5" || { say "$1" changed; return; }
  keep "$1" "$f" "$3" || return
  e=$(umask "$MASK"; mkdir "$f" 2>&1) || { trouble "$1" "$e"; return; }
  say "$1" done "$k"
}
# link NUMBER PATH TARGET OVER...
link() {
  f=./$2
  parents "$2" make || { say "$1" changed; return; }
  if is "$f" l "$3"; then say "$1" done -; return; fi
  is "$f" "$4" "$5" "$6" || { say "$1" changed; return; }
  keep "$1" "$f" "$4" || return
  e=$(ln -s -- "$3" "$f" 2>&1) || { trouble "$1" "$e"; return; }
  say "$1" done "$k"
}
# mode NUMBER PATH EXECUTABLE OVER...
mode() {
  f=./$2
  parents "$2" look || { say "$1" changed; return; }
  if is "$f" f "$5" "$3"; then say "$1" done -; return; fi
  is "$f" "$4" "$5" "$6" || { say "$1" changed; return; }
  m=$(mode_of "$f")
  if [ "$3" = 1 ]; then m=$((m | (m >> 2 & 0111))); else m=$((m & 0666)); fi
  e=$(chmod "$(printf %o $m)" "$f" 2>&1) || { trouble "$1" "$e"; return; }
  say "$1" done -
}
# remove NUMBER PATH OVER...
remove() {
  f=./$2
  if ! parents "$2" look; then
    if [ ! -e "$f" ] && [ ! -L "$f" ]; then say "$1" done -; else say "$1" changed; fi
    return
  fi
  if is "$f" -; then say "$1" done -; return; fi
  is "$f" "$3" "$4" "$5" || { say "$1" changed; return; }
  keep "$1" "$f" "$3" || return
  say "$1" done "$k"
}
# rename NUMBER PATH TO OVER...
rename() {
  parents "$2" look && parents "$3" look || { say "$1" changed; return; }
  is "./$2" "$4" "$5" "$6" || { say "$1" changed; return; }
  e=$(mv -f "./$2" "./$3" 2>&1) || { trouble "$1" "$e"; return; }
  say "$1" done -
}
`;

/** The body of an apply. Prints `R <number> done <kept or ->`, `R <number> changed`, `R <number> failed <reason> <text>`. */
export function applyBody({ cycle, epoch, items, nonce, bundle }: ShellApply): string {
  const staged = items.flatMap((item, number) => (item.do === 'put' ? [stageLine(item, number)] : []));
  const sent = items.flatMap((item) =>
    item.do === 'put' && item.source.from === 'parts' ? item.source.names.map(quote) : [],
  );
  const checks = items.flatMap((item, number) =>
    item.do === 'put' && item.source.from === 'data' ? [`${item.entry.hash}  ${number}`] : [],
  );
  const unpack =
    'data' in bundle
      ? `base64 -d > "$STATE/in/$NONCE" <<'${nonce}'
${bundle.data.replace(/.{1,1000}/g, '$&\n')}${nonce}
B=$NONCE`
      : `B=${quote(bundle.file)}`;
  // With -p: a script beside it (a pack, a look) makes the folders of a state, too.
  return `${functions}
NEW=$(printf %o $((0666 & ~$MASK))); NEW_EXECUTABLE=$(printf %o $((0777 & ~$MASK)))
CYCLE=${quote(cycle)}; NONCE=${nonce}
open_state make
locked
[ -d "$ROOT" ] || { e=$(umask "$MASK"; mkdir -p "$ROOT" 2>&1) || failed_write "$e"; }
rm -rf "$STATE/stage"; mkdir -p "$STATE/stage" && cd "$STATE/stage" || fail forbidden "$STATE"
STAGE=$STATE/stage
${unpack}
[ -f "$STATE/in/$B" ] || fail not-found "$B"
e=$( { gzip -dc < "$STATE/in/$B" | tar -xf - ; } 2>&1) || failed_write "$e"
${staged.join('\n')}
cd "$STAGE"
if ! sha256sum -c > /dev/null 2> errors <<'SUMS'
${checks.join('\n')}
SUMS
then
  ${
    checks.length === 0
      ? ':'
      : `df -Pk . | tail -n 1 | { read -r a b c d e; [ "\${d:-1}" != 0 ]; } || fail no-space "$STAGE"
  fail protocol 'a hash is another'`
  }
fi
sync
cd "$ROOT" || fail forbidden "$ROOT"
${items.map(applyLine).join('\n')}
write_marker ${epoch}
rm -rf "$STAGE" "$STATE/in/$B"${sent.length === 0 ? '' : ` ${sent.map((name) => `"$STATE/parts/"${name}`).join(' ')}`}
rmdir "$STATE/kept/$CYCLE" 2>/dev/null
printf 'S %s\\nM ' "$STATE"; cat "$STATE/marker"; echo`;
}

type Put = Extract<BundleItem, { do: 'put' }>;

/** Fills \`stage/<number>\` where the bundle has no bytes for it; a copy that is not what it should be is left out. */
function stageLine(item: Put, number: number): string {
  const { source, entry } = item;
  if (source.from === 'delta')
    throw new SpecboardError('internal', 'Without Python in the sandbox, files go whole.');
  if (source.from === 'copy')
    return `s=$ROOT/${quote(source.path)}
{ [ -f "$s" ] && [ ! -L "$s" ] && cp "$s" ${number} && [ "$(hash ${number})" = ${entry.hash} ]; } 2>/dev/null || rm -f ${number}`;
  if (source.from === 'parts')
    return `cat ${source.names.map((name) => `"$STATE/parts/"${quote(name)}`).join(' ')} > ${number} 2> errors || {
  e=$(cat errors); case $e in *'o space'*) fail no-space "$e" ;; *) fail not-found part ;; esac; }`;
  return entry.size === 0 ? `[ -f ${number} ] || : > ${number}` : ':';
}

function applyLine(item: BundleItem, number: number): string {
  const path = quote(item.path);
  const over = overWords(item.over);
  switch (item.do) {
    case 'put':
      return `put ${number} ${path} ${item.entry.hash} ${item.entry.executable ? 1 : 0} ${Math.floor(item.entry.modifiedAt / 1000)} ${over}`;
    case 'directory':
      return `directory ${number} ${path} ${over}`;
    case 'link':
      return `link ${number} ${path} ${quote(item.entry.target ?? '')} ${over}`;
    case 'mode':
      return `mode ${number} ${path} ${item.executable ? 1 : 0} ${over}`;
    case 'remove':
      return `remove ${number} ${path} ${over}`;
    case 'rename':
      return `rename ${number} ${path} ${quote(item.to)} ${over}`;
  }
}

function overWords(over: Entry | null): string {
  if (!over) return "- '' 0";
  if (over.kind === 'directory') return "d '' 0";
  if (over.kind === 'link') return `l ${quote(over.target ?? '')} 0`;
  return `f ${over.hash} ${over.executable ? 1 : 0}`;
}

/** Reads the lines of results. Throws `protocol` where one is missing. */
export function readResults(lines: readonly Buffer[], count: number): ApplyResult[] {
  const results = new Map<number, ApplyResult>();
  for (const line of lines) {
    const [, number, what, first, rest] =
      /^R (\d+) (done|changed|failed)(?: ([A-Za-z0-9._/-]+))?(?: (.*))?$/s.exec(line.toString('utf8')) ?? [];
    if (number === undefined) continue;
    if (what === 'done')
      results.set(Number(number), { result: 'done', kept: first === '-' ? null : (first ?? null) });
    else if (what === 'changed') results.set(Number(number), { result: 'changed' });
    else
      results.set(Number(number), {
        result: 'failed',
        reason: first === 'no-space' ? 'no-space' : 'read-only',
        ...(rest ? { detail: rest } : {}),
      });
  }
  return Array.from({ length: count }, (_, number) => {
    const result = results.get(number);
    if (!result) throw new SpecboardError('protocol', 'The sandbox did not say what came of every file.');
    return result;
  });
}
