/** The two small programs that run beside a person's command: one starts it in a session of its own, one ends all of it. */

/** Every process of a command carries it in its environment, also those that leave its session. */
export const markVariable = 'SPECBOARD_RUN';

const PERL = [
  'my ($nonce, $mark, $code) = @ARGV;',
  'my $pid = fork;',
  'if (!defined $pid) { print STDERR "cannot fork: $!\\n"; exit 126 }',
  'if (!$pid) {',
  `  $ENV{${markVariable}} = $mark;`,
  '  my @shell = -x "/bin/bash" ? ("/bin/bash", "-l", "-c", $code) : ("/bin/sh", "-c", $code);',
  '  exec "setsid", @shell;',
  '  exec @shell;',
  '  exit 127;',
  '}',
  'waitpid $pid, 0;',
  'my $end = "\\x1e$nonce:" . ($? & 127 ? "s" . ($? & 127) : "e" . ($? >> 8)) . "\\x1e";',
  'syswrite STDOUT, $end; syswrite STDERR, $end;',
].join('\n');

/**
 * Arguments: nonce, mark, code. Runs the code in a login shell and a session of its own, waits for that shell and not for
 * what it left in the background, then writes `<RS>nonce:e<exit code><RS>` or `<RS>nonce:s<signal><RS>` to both streams.
 * Without perl the shell takes its place, and envd itself tells the end.
 */
export const startScript = `if command -v perl >/dev/null 2>&1; then exec perl -e '${PERL}' "$@"; fi
${markVariable}=$2; export ${markVariable}
shell=/bin/sh; [ -x /bin/bash ] && shell='/bin/bash -l'
read -r _ _ _ _ group _ < /proc/$$/stat
if [ "$group" != "$$" ] && command -v setsid >/dev/null 2>&1; then exec setsid $shell -c "$3"; fi
exec $shell -c "$3"`;

/**
 * Arguments: mark, first signal, grace in tenths of a second. Ends every process that carries the mark and every session one
 * of them leads: the signal, after the grace KILL. Exits 0 when nothing is left, 9 when something survived.
 */
export const endScript = `mark=$1; first=$2; grace=$3; leaders=' '; turn=0
members() {
  list=
  for file in $(grep -lsF "${markVariable}=$mark" /proc/[0-9]*/environ 2>/dev/null); do
    pid=\${file#/proc/}; leaders="$leaders\${pid%/environ} "
  done
  [ "$leaders" = ' ' ] && return
  for file in /proc/[0-9]*/stat; do
    { read -r line < "$file"; } 2>/dev/null || continue
    pid=\${file#/proc/}; pid=\${pid%/stat}
    set -- \${line##*) }
    case $1 in Z|X) continue;; esac
    case $leaders in *" $pid "*|*" $4 "*) list="$list $pid";; esac
  done
}
while :; do
  members
  [ -z "$list" ] && exit 0
  signal=
  [ $turn -eq 0 ] && signal=$first
  [ $turn -ge $grace ] && signal=KILL
  if [ -n "$signal" ]; then
    for pid in $list; do kill -s $signal $pid 2>/dev/null; kill -s CONT $pid 2>/dev/null; done
  fi
  [ $turn -ge $((grace + 50)) ] && exit 9
  turn=$((turn + 1))
  sleep 0.1
done`;
