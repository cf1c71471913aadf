/**
 * Scripts for a plain /bin/sh (dash, busybox): for images without Python, and for terminals. What they need to know comes
 * through standard input, where nobody else sees it.
 */

import { containerFolders } from './container-folders.ts';

/** Environment variable by which the processes of one command or terminal are found again. */
export const markerName = 'SPECBOARD_MARK';

/** A text as one word of a shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}

/** Assignments for `eval`. */
export function exportScript(pairs: Readonly<Record<string, string>>): string {
  return Object.entries(pairs)
    .map(([name, value]) => `export ${name}=${quoted(value)}\n`)
    .join('');
}

/** Makes installed packages known to a shell, and to the Python of that version ("3.12") that is started from it. */
export function packagesScript(version: string): string {
  const root = containerFolders.packages;
  const path = `${root}/lib/python${version}/site-packages`;
  return `export PATH="${root}/bin:$PATH" PYTHONPATH="\${PYTHONPATH:+$PYTHONPATH:}${path}"\n`;
}

/** What a wrapped program first says on standard output: its process, which leads a group of its own. */
export const hello = /^\x1eSPECBOARD (\d+)\n/;

/** What a command gets on its standard input. */
export function commandInput(environment: Readonly<Record<string, string>>, code: string): Uint8Array {
  return Buffer.from(`${exportScript(environment)}specboard_code=${quoted(code)}\n`);
}

/**
 * A command: reads `commandInput` (so many bytes) from standard input, says who it is, and is the code. The code's own input is
 * empty. All is read at once: the head of busybox takes more than it gives, a second one would miss it.
 */
export function commandArguments(inputBytes: number): string[] {
  const script =
    `eval "$(head -c ${inputBytes})"; printf '\\036SPECBOARD %d\\n' $$; exec </dev/null; ` +
    `eval "unset specboard_code; $specboard_code"`;
  // As the runner does: people expect bash where it is.
  return ['/bin/sh', '-c', '[ -x /bin/bash ] && exec /bin/bash -c "$0"; exec /bin/sh -c "$0"', script];
}

/** What a terminal says before it becomes the shell: that it reads its environment, and then which process it is. */
export const terminalHello = { asks: '\x1eSPECBOARD+', is: /\x1eSPECBOARD (\d+)\r?\n/ };

/**
 * A terminal: silent until it has read its environment (so many bytes), then says who it is and becomes the login shell.
 * Where there is no stty what is sent would be shown, so nothing is asked for: "-" instead of "+" says so.
 */
export function terminalArguments(environmentBytes: number): string[] {
  const script =
    `if command -v stty >/dev/null 2>&1 && stty raw -echo 2>/dev/null; then printf '\\036SPECBOARD+\\n'; ` +
    `eval "$(head -c ${environmentBytes})"; stty sane; else printf '\\036SPECBOARD-\\n'; fi; ` +
    `printf '\\036SPECBOARD %d\\n' $$; ` +
    `for shell in "\${SHELL:-}" /bin/bash /bin/ash; do [ -n "$shell" ] && [ -x "$shell" ] && exec "$shell" -l; done; exec /bin/sh -l`;
  return ['/bin/sh', '-c', script];
}

/**
 * Sends a signal to the group of a process and to everything that carries the mark, also what left the group. Exits 0 where
 * anything was there.
 */
export function signalArguments(
  signal: 'INT' | 'HUP' | 'TERM' | 'KILL',
  mark: string,
  group: number | null,
): string[] {
  const script = `found=1
${group === null ? '' : `kill -s ${signal} -- -${group} 2>/dev/null && found=0`}
for place in /proc/[0-9]*; do
  pid=\${place#/proc/}
  [ "$pid" = "$$" ] && continue
  if tr '\\000' '\\n' <"$place/environ" 2>/dev/null | grep -qx ${quoted(`${markerName}=${mark}`)}; then
    kill -s ${signal} "$pid" 2>/dev/null && found=0
  fi
done
exit $found`;
  return ['/bin/sh', '-c', script];
}
