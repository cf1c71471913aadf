/** The command that installs packages, and what its output means. Pure. */
import type { RunnerTools } from './protocol.ts';

/** Options of an install. */
export interface InstallOptions {
  /** Interpreter to install for; default the runner's own. */
  python?: string;
  /** Index instead of the tool's default. */
  indexUrl?: string;
  /**
   * Lets packages be built from source, which runs their code while installing: only after the person agreed to exactly
   * that. Default false.
   */
  allowSource?: boolean;
}

/** The arguments that install `distributions`: uv where it is, else pip. Null where neither is there. */
export function installCommand(
  tools: RunnerTools,
  distributions: readonly string[],
  options: InstallOptions = {},
): string[] | null {
  const python = options.python ?? tools.python;
  const common = [
    ...(options.allowSource ? [] : ['--only-binary', ':all:']),
    ...(options.indexUrl === undefined ? [] : ['--index-url', options.indexUrl]),
    '--',
    ...distributions,
  ];
  if (tools.uv !== null)
    return [tools.uv, 'pip', 'install', '--no-progress', '--color', 'never', '--python', python, ...common];
  // -vv says why a file of the index was passed over: without it a missing wheel looks like a missing package.
  const install = [
    'install',
    '-vv',
    '--no-input',
    '--no-color',
    '--progress-bar',
    'off',
    '--disable-pip-version-check',
    '--retries', // with none, pip does not say that the network is missing
    '1',
    '--timeout',
    '10',
    ...common,
  ];
  if (tools.pip && python === tools.python) return [python, '-m', 'pip', ...install];
  const host = tools.basePython ?? (tools.pip ? tools.python : null);
  return host === null ? null : [host, '-m', 'pip', '--python', python, ...install];
}

/** Why an install failed. */
export type InstallFailureKind =
  | 'offline'
  | 'not-found'
  | 'no-wheel'
  | 'conflict'
  | 'no-space'
  | 'externally-managed'
  | 'timeout'
  | 'denied'
  | 'no-installer'
  | 'cancelled'
  | 'unknown';

/** A failed install in words for a person. */
export interface InstallFailure {
  kind: InstallFailureKind;
  message: string;
  hint: string;
}

const offline =
  /failed to establish a new connection|name or service not known|temporary failure in name resolution|network is unreachable|nodename nor servname|getaddrinfo failed|no route to host|connection (?:refused|reset|aborted)|connecttimeout|read timed out|dns error|tcp connect error|error sending request|could not connect/i;

/** Files were passed over, and nothing was left; the first alone says nothing, most packages have files for other systems. */
const noWheel =
  /^(?=[\s\S]*(?:no matching distribution found|no solution found|has no (?:usable|compatible)))[\s\S]*(?:no sources permitted|no binaries permitted|none of the wheel's tags|requires a different python|has no (?:usable |compatible )?wheels|no wheels? with a matching|building source distributions (?:is|for .* is) disabled)/i;

/** In this order: the first that fits is the reason. */
const failures: readonly { kind: InstallFailureKind; sign: RegExp; what: string; hint: string }[] = [
  {
    kind: 'externally-managed',
    sign: /externally[- ]managed/i,
    what: 'this Python belongs to the operating system and must not be changed',
    hint: 'Use a virtual environment, or choose another Python in the profile.',
  },
  {
    kind: 'no-space',
    sign: /no space left on device|errno 28|disk quota exceeded|not enough (?:free )?space/i,
    what: 'there is no space left',
    hint: 'Free some space in the sandbox and run the cell again.',
  },
  {
    kind: 'denied',
    sign: /permission denied|errno 13|read-only file system|errno 30|access is denied/i,
    what: 'the folder of the packages cannot be written',
    hint: 'Use a profile whose Python environment belongs to the session.',
  },
  {
    kind: 'conflict',
    sign: /error: resolutionimpossible|have conflicting dependencies|\bbecause\b[\s\S]*\bdepends? on\b/i,
    what: 'its requirements do not fit together with what is installed',
    hint: 'Start a fresh session, or ask for versions that fit together.',
  },
  {
    kind: 'offline',
    sign: offline,
    what: 'the package index cannot be reached',
    hint: 'Check the connection, or allow the network for this profile.',
  },
  {
    kind: 'no-wheel',
    sign: noWheel,
    what: 'there is no ready-built file of it for this Python and system',
    hint: 'Try another version of Python, or a package that does the same.',
  },
  {
    kind: 'not-found',
    sign: /no matching distribution found|not found in the package registry|could not find a version|there are no versions of/i,
    what: 'no package of this name exists in the index',
    hint: 'Check the name of the import; the package may be called differently.',
  },
  {
    kind: 'no-installer',
    sign: /no module named pip|no such option: --python/i,
    what: 'there is no pip (22.3 or newer) and no uv here',
    hint: 'Install pip or uv where the session runs.',
  },
];

/** Reads the output of a failed install. */
export function classifyInstallFailure(distributions: readonly string[], output: string): InstallFailure {
  const names = distributions.join(', ');
  for (const { kind, sign, what, hint } of failures) {
    if (sign.test(output)) return { kind, message: `${names} could not be installed: ${what}.`, hint };
  }
  const last = output
    .trim()
    .split('\n')
    .findLast((line) => /error/i.test(line));
  const detail = last === undefined ? '' : ` ${last.trim().slice(0, 300)}`;
  return {
    kind: 'unknown',
    message: `${names} could not be installed.${detail}`,
    hint: 'The lines above say more.',
  };
}

/** The lines of an install that a person wants to see; null for the rest. */
export function progressLine(line: string): string | null {
  const text = line.trim();
  const wanted =
    /^(Collecting|Downloading (?!link)|Installing collected|Successfully installed|ERROR|error|×|Resolved|Prepared|Installed|Downloaded| ?\+ )/;
  return wanted.test(text) && !/^Downloading .*\.metadata/.test(text) ? text : null;
}
