// The command line of the Electron binary, as far as the host knows it.

/** What the arguments ask for. */
export interface CommandLine {
  /** `-v`: print the version and end. */
  version: boolean;
  /** Modules to load before the app (`-r`). */
  requires: string[];
  /** The inspector's port (0: any), or null. */
  inspect: { port: number; wait: boolean } | null;
  userData: string | null;
  /** The app's folder or file. */
  entry: string | null;
}

/** Parses the arguments after the executable. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const found: CommandLine = { version: false, requires: [], inspect: null, userData: null, entry: null };
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    const value = arg.slice(arg.indexOf('=') + 1);
    if (arg === '-v' || arg === '--version') found.version = true;
    else if (arg === '-r' || arg === '--require') found.requires.push(args[++i] ?? '');
    else if (/^--inspect(-brk)?(=|$)/.test(arg)) {
      const port = arg.includes('=') ? Number(value.split(':').at(-1)) : 9229;
      found.inspect = { port, wait: arg.startsWith('--inspect-brk') };
    } else if (arg.startsWith('--user-data-dir=')) found.userData = value;
    else if (!arg.startsWith('-') && found.entry === null) found.entry = arg;
  }
  return found;
}
