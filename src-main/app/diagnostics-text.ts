/**
 * Diagnostics as text that a person can paste into a report: versions, what works on this machine, how much there is. No key,
 * no name of a profile, no path of the person's home.
 */
import { homedir } from 'node:os';
import { redactText } from '../logging/redact.ts';
import { runDiagnostics } from '../services/diagnostics.ts';
import type { Core } from './create-core.ts';

/** Versions, in the order in which they are listed. */
export type Versions = Readonly<Record<string, string>>;

/** Looks, and writes. Takes as long as the slowest check (ten seconds at most). */
export async function diagnosticsText(core: Core, versions: Versions): Promise<string> {
  const checks = await runDiagnostics(core.diagnostics);
  const { profiles, sessions, secrets } = core.hub.current;
  const counts = new Map<string, number>();
  for (const { driverType } of profiles) counts.set(driverType, (counts.get(driverType) ?? 0) + 1);
  const lines = [
    'SpecBoard diagnostics',
    ...Object.entries(versions).map(([name, version]) => `${name}: ${version}`),
    `System: ${process.platform} ${process.arch}`,
    `Keyring: ${secrets.state}`,
    `Profiles: ${[...counts].map(([type, count]) => `${count} ${type}`).join(', ') || 'none'}`,
    `Sessions: ${sessions.length}`,
    '',
    ...checks.map(({ name, state, message, hint, driverLabel }) =>
      [`[${state}]`, driverLabel === name ? '' : (driverLabel ?? ''), `${name}:`, message, hint ?? '']
        .filter(Boolean)
        .join(' '),
    ),
  ];
  return withoutSecrets(lines, homedir()).join('\n');
}

/** Each line without what looks like a key, and with `~` for the home folder. */
export function withoutSecrets(lines: readonly string[], home: string): string[] {
  // What drivers say has lost its secrets already; this takes what only looks like one.
  const known = { redact: (text: string) => text };
  return lines.map((line) => {
    const text = redactText(line, known);
    return home.length > 1 ? text.replaceAll(home, '~') : text;
  });
}
