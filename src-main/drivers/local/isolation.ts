/** What keeps code apart on this computer, and how that is told. */
import { existsSync } from 'node:fs';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { Isolation } from './launch-runner.ts';
import type { LocalSettings } from './manifest.ts';
import { probeBubblewrap } from './probe-bubblewrap.ts';

/** Finds out, by trying. Throws only the signal's reason. */
export async function findIsolation(
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<Isolation> {
  if (process.platform === 'linux') {
    const found = await probeBubblewrap(env, signal);
    signal.throwIfAborted();
    return found.works
      ? { kind: 'bubblewrap', ...found }
      : { kind: 'none', message: found.message, hint: found.hint };
  }
  if (process.platform === 'darwin' && existsSync('/usr/bin/sandbox-exec')) return { kind: 'seatbelt' };
  return {
    kind: 'none',
    message: 'This system has no sandbox that SpecBoard can use.',
    hint: 'Use an E2B profile for isolation.',
  };
}

/** Its name for people. */
export function isolationName(isolation: Exclude<Isolation, { kind: 'none' }>): string {
  return isolation.kind === 'bubblewrap' ? 'bubblewrap' : 'sandbox-exec';
}

/** What the person must know for as long as the session lives. */
export function warningsOf(isolation: Isolation, settings: LocalSettings): string[] {
  if (isolation.kind === 'none') {
    return ['Not isolated: code runs as you and can read and change your files.'];
  }
  return settings.network
    ? ['Network is on: code also reaches programs on this computer and devices on your local network.']
    : [];
}

/** What is thrown until the person agreed. */
export function consentNeeded(isolation: Extract<Isolation, { kind: 'none' }>): SpecboardError {
  return new SpecboardError(
    'consent-needed',
    `${isolation.message} Code would run as you, on your own files.`,
    {
      kept: 'Nothing was started.',
      hint: `${isolation.hint} Or agree to run without isolation.`,
    },
  );
}
