/** Lists a tree with `find`, `stat` and `sha256sum`, and reads what they say. */
import { quote } from '../quote.ts';
import { GarbledAnswer } from '../retry.ts';

/** Options of a scan. */
export interface ListOptions {
  readonly prune: readonly string[];
  /** Hash every file in the same request. */
  readonly hashAll: boolean;
  /** Files of `out/` that may go. */
  readonly read: readonly string[];
}

/** What `find` calls to come by what takes part, and not into what does not. */
export function findWords(prune: readonly string[]): string {
  const names = ['.specboard-sync', ...prune].map(
    (name) => `-name ${quote(name.replace(/[\\*?[\]]/g, '\\$&'))}`,
  );
  return `find . -xdev \\( -type d \\( ${names.join(' -o ')} \\) -o -name "*$NL*" \\) -prune -o`;
}

/** The body of a scan. Lines are `<letter> <what>`; see `readListing`. */
export function scanBody({ prune, hashAll, read }: ListOptions): string {
  const find = findWords(prune);
  const dirs = prune.map((name) => `-name ${quote(name.replace(/[\\*?[\]]/g, '\\$&'))}`);
  const pruned = ['-name .specboard-sync', ...dirs].join(' -o ');
  return `miss=
for t in find stat sha256sum tar gzip mv ln cp rm mkdir readlink tr sed head tail touch chmod; do
  command -v "$t" >/dev/null 2>&1 || miss="$miss $t"
done
[ -z "$miss" ] || fail tools "missing:$miss"
if [ ! -e "$ROOT" ] && [ ! -L "$ROOT" ]; then is=0
elif [ ! -d "$ROOT" ]; then fail invalid "$ROOT"
elif ! cd "$ROOT" 2>/dev/null || ! [ -r . ]; then fail forbidden "$ROOT"
else is=1
fi
open_state look
printf 'X %s\\nS %s\\n' "$is" "$STATE"
if [ -n "$STATE" ]; then
  locked
  (cd "$STATE" && {
    ${read.length === 0 ? ':' : `rm -f ${read.map((name) => quote(`out/${name}`)).join(' ')}`}
    find in out parts -mindepth 1 -maxdepth 1 -mtime +0 -exec rm -rf {} +
    find kept -mindepth 1 -maxdepth 1 -mtime +30 -exec rm -rf {} +
  }) 2>/dev/null
  [ ! -f "$STATE/marker" ] || { printf 'M '; head -c 10000 "$STATE/marker" | tr '\\n' ' '; echo; }
  if [ ! -f "$STATE/shell-facts" ]; then
    rm -rf "$STATE/probe" && mkdir "$STATE/probe" && cd "$STATE/probe" || fail forbidden "$STATE"
    f=
    : > aB; [ -e Ab ] && f=$f'0 ' || f=$f'1 '
    : > "$(printf 'u\\303\\251')"; [ -e "$(printf 'ue\\314\\201')" ] && f=$f'0 ' || f=$f'1 '
    : > x; chmod 600 x; [ $((0x$(stat -c %f x) & 0100)) = 0 ] && chmod 700 x && [ $((0x$(stat -c %f x) & 0100)) != 0 ] && f=$f'1 ' || f=$f'0 '
    ln -s x l 2>/dev/null && [ -L l ] && f=$f'1' || f=$f'0'
    cd / && rm -rf "$STATE/probe"
    printf '%s\\n' "$f" > "$STATE/shell-facts"
  fi
  printf 'F %s\\n' "$(cat "$STATE/shell-facts")"
  printf 'K %s\\n' "$(df -Pk "$STATE" 2>/dev/null | tail -n 1 | { read -r a b c d e || :; printf %s "\${d:-}"; })"
fi
if [ "$is" = 1 ]; then
  cd "$ROOT" || fail forbidden "$ROOT"
  errors=/dev/null
  [ -z "$STATE" ] || { errors=$STATE/errors; : > "$errors"; }
  printf 'D %s\\nV %s\\n' "$(date +%s)" "$(stat -c %d .)"
  if [ -n "$STATE" ]; then
    ${find} -exec stat -c 'E %f %s %Y %Z %i %d %n' -- {} + > "$STATE/listing" 2>> "$errors"
    sha256sum < "$STATE/listing" > "$STATE/print"
    cat "$STATE/listing"
    rm -f "$STATE/listing"
  else
    ${find} -exec stat -c 'E %f %s %Y %Z %i %d %n' -- {} + 2>> "$errors"
  fi
  ${find} -type d -exec sh -c 'for d do [ -r "$d" ] && [ -x "$d" ] || printf "U %s\\n" "$d"; done' sh {} + 2>/dev/null
  ${find} -type l -exec sh -c 'n="
"
for f do
  t=$(readlink "$f"; printf x); t=\${t%x}; t=\${t%"$n"}
  case $t in *"$n"*) printf "B %s\\n" "$f" ;; *) printf "L %s\\nT %s\\n" "$f" "$t" ;; esac
done' sh {} + 2>> "$errors"
  find . -xdev -type d \\( ${pruned} \\) -prune -o -name "*$NL*" -prune -print0 2>/dev/null | tr '\\n\\000' '\\001\\n' | sed 's/^/N /'
  ${hashAll ? `${find} -type f -exec sha256sum -- {} + 2>/dev/null | sed 's/^/H /'` : ':'}
  if [ "$errors" != /dev/null ]; then
    sed -e '/o such file/d' -e '/ermission denied/d' "$errors" | head -n 3 | sed 's/^/P /'
    rm -f "$errors"
  fi
fi`;
}

/** The body of a request that hashes some files. */
export function hashBody(paths: readonly string[]): string {
  return `cd "$ROOT" || fail forbidden "$ROOT"
sha256sum -- ${paths.map((path) => quote(`./${path}`)).join(' ')} 2>/dev/null | sed 's/^/H /'
`;
}

/** A line of `stat`. */
export interface Stat {
  /** `0x81a4`: type and permissions. */
  readonly mode: number;
  readonly size: number;
  /** Seconds. */
  readonly modified: number;
  readonly changed: number;
  readonly volume: string;
  /** All of it: the same text, the same file as far as can be told. */
  readonly text: string;
}

/** What a scan said. Paths are relative. */
export interface Listing {
  readonly exists: boolean;
  readonly state: string | null;
  readonly marker: string | null;
  readonly facts: readonly boolean[];
  readonly freeBytes: number | null;
  readonly now: number;
  readonly volume: string;
  readonly stats: ReadonlyMap<string, Stat>;
  readonly links: ReadonlyMap<string, string>;
  readonly hashes: ReadonlyMap<string, string>;
  readonly unreadable: readonly string[];
  /** Names that are no UTF-8, shown as well as can be. */
  readonly notText: readonly string[];
  /** Names, or targets of links, with a line break. */
  readonly lineBreaks: readonly string[];
}

/** Reads the lines of a scan. Throws `GarbledAnswer` for what no scan says. */
export function readListing(lines: readonly Buffer[]): Listing {
  const found = {
    exists: false,
    state: null as string | null,
    marker: null as string | null,
    facts: [] as boolean[],
    freeBytes: null as number | null,
    now: 0,
    volume: '',
    stats: new Map<string, Stat>(),
    links: new Map<string, string>(),
    unreadable: [] as string[],
    notText: [] as string[],
    lineBreaks: [] as string[],
  };
  const hashLines: Buffer[] = [];
  let link: string | null = null;
  for (const line of lines) {
    const rest = line.subarray(2);
    switch (String.fromCharCode(line[0] ?? 0)) {
      case 'X':
        found.exists = rest.toString() === '1';
        break;
      case 'S':
        found.state = rest.length === 0 ? null : rest.toString();
        break;
      case 'M':
        found.marker = rest.toString();
        break;
      case 'F':
        found.facts = rest
          .toString()
          .split(' ')
          .map((fact) => fact === '1');
        break;
      case 'K':
        found.freeBytes = /^\d{1,15}$/.test(rest.toString()) ? Number(rest.toString()) * 1024 : null;
        break;
      case 'D':
        found.now = Number(rest.toString()) || 0;
        break;
      case 'V':
        found.volume = rest.toString();
        break;
      case 'E':
        addStat(found, rest);
        break;
      case 'L':
        link = text(rest);
        break;
      case 'T': {
        const target = text(rest);
        if (link !== null && target !== null) found.links.set(relative(link), target);
        link = null;
        break;
      }
      case 'B':
        found.lineBreaks.push(relative(lossy(rest)));
        break;
      case 'N':
        found.lineBreaks.push(relative(lossy(rest)));
        break;
      case 'U':
        found.unreadable.push(relative(lossy(rest)));
        break;
      case 'H':
        hashLines.push(rest);
        break;
      default:
        throw new GarbledAnswer(`a scan said ${JSON.stringify(lossy(line).slice(0, 200))}`);
    }
  }
  return { ...found, hashes: readHashes(hashLines) };
}

/** Lines of `sha256sum`: GNU's writes names with a backslash in a way of its own, and marks the line. */
export function readHashes(lines: readonly Buffer[]): Map<string, string> {
  const hashes = new Map<string, string>();
  for (const line of lines) {
    const match = /^(\\?)([0-9a-f]{64}) [ *](.*)$/s.exec(text(line) ?? '');
    if (!match?.[2] || match[3] === undefined) continue;
    const name = match[1]
      ? match[3].replace(/\\([\\nr])/g, (_, c) => (c === 'n' ? '\n' : c === 'r' ? '\r' : '\\'))
      : match[3];
    hashes.set(relative(name), match[2]);
  }
  return hashes;
}

function addStat(found: { stats: Map<string, Stat>; notText: string[] }, line: Buffer): void {
  const fields = /^([0-9a-f]{1,8}) (\d{1,16}) (-?\d{1,12}) (-?\d{1,12}) (\d{1,20}) (\d{1,20}) /.exec(
    line.toString('latin1'),
  );
  if (!fields) throw new GarbledAnswer('a line of a scan is damaged');
  const name = line.subarray(fields[0].length);
  const path = text(name);
  if (path === null) found.notText.push(relative(lossy(name)));
  else if (path !== '.')
    found.stats.set(relative(path), {
      mode: Number.parseInt(fields[1] ?? '', 16),
      size: Number(fields[2]),
      modified: Number(fields[3]),
      changed: Number(fields[4]),
      volume: fields[6] ?? '',
      text: fields[0],
    });
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function text(bytes: Uint8Array): string | null {
  try {
    return strict.decode(bytes);
  } catch {
    return null;
  }
}

function lossy(bytes: Buffer): string {
  return bytes.toString('utf8').replaceAll('\x01', '\uFFFD');
}

function relative(path: string): string {
  return path.startsWith('./') ? path.slice(2) : path;
}
