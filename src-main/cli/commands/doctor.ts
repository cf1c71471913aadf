/** `specboard doctor`: what works on this machine and how to get the rest. */

import type { Core } from '../../app/create-core.ts';
import { type Check, canRunHere, runDiagnostics } from '../../services/diagnostics.ts';
import { printJson, type Terminal, write } from '../terminal.ts';

const marks: Record<Check['state'], string> = {
  ok: 'ok     ',
  warning: 'warning',
  missing: 'missing',
  unset: 'not set',
};

/** Prints the checks; gives exit code 0 where code can be run on this computer. */
export async function doctor(core: Core, terminal: Terminal): Promise<number> {
  const checks = await runDiagnostics(core.diagnostics);
  if (terminal.json) {
    await printJson(terminal, checks);
  } else {
    const width = Math.max(...checks.map((check) => nameOf(check).length));
    for (const check of checks) {
      await write(
        terminal.stdout,
        `${marks[check.state]}  ${nameOf(check).padEnd(width)}  ${check.message}\n`,
      );
      if (check.hint) await write(terminal.stdout, `${' '.repeat(width + 11)}${check.hint}\n`);
    }
  }
  return canRunHere(checks) ? 0 : 3;
}

/** "Docker: Engine (Build server)". */
function nameOf({ name, driverLabel, profile }: Check): string {
  const whole = driverLabel === undefined || driverLabel === name ? name : `${driverLabel}: ${name}`;
  return profile === undefined ? whole : `${whole} (${profile})`;
}
