/** The words of session states, the same for every driver and every surface: window, tray, menus, command line. */
import type { ErrorCode } from '../contract/errors.ts';

/** See the head of the file. */
export const sessionWords = {
  notConnected: 'Not connected',
  starting: 'Starting',
  startingFor: (seconds: number) => `Starting ${seconds} s`,
  ready: 'Ready',
  running: (number: number) => `Running #${number}`,
  cancelling: (number: number) => `Cancelling #${number}`,
  paused: 'Paused',
  pausedReason: 'The sandbox is asleep with its files; keeping it may cost.',
  endsIn: (time: string) => `Ends in ${time}`,
  endingSoon: 'Ends soon',
  endingSoonReason: 'The sandbox reaches its end time soon.',
  stopping: 'Stopping…',
  stoppingReason: 'Waiting for the sandbox to be ended or left.',
  stuck: 'Stuck',
  stuckReason: 'The other side does not confirm the end. SpecBoard gives up soon by itself.',
  checking: 'Checking the link',
  checkingReason: 'Nobody knows yet whether the sandbox can still be reached.',
  reconnecting: (attempt: number) => `Reconnecting (${attempt})`,
  reconnectingNow: (attempt: number) => `Reconnecting (${attempt})…`,
  reconnectingIn: (attempt: number, seconds: number) => `Reconnecting (${attempt}) in ${seconds} s`,
  reconnectingReason: 'The link to the sandbox is broken. What is shown is its last state.',
  lastSeen: (time: string) => `Last seen ${time}`,
  unknown: 'Not known',
  needsAnswer: 'Needs an answer',
  keyLocked: 'Key locked',
  failed: 'Failed',
  ended: 'Ended',
  endedTimeout: 'Ended (timeout)',
  leftRunning: 'Left running',
  leftRunningReason: 'The sandbox goes on running, and may cost, without SpecBoard.',
  /** What is behind the glyph, in one line. */
  since: (reason: string, time: string) => `${reason} (since ${time})`,
} as const;

/** The word of a session that failed, where its reason has a shorter one than "Failed". */
export const failureWords: Partial<Record<ErrorCode, string>> = {
  'out-of-memory': 'Out of memory',
  auth: 'Key refused',
  'credential-missing': 'Key missing',
  'keyring-missing': 'No keyring',
  unreachable: 'Out of reach',
  timeout: 'Took too long',
  'no-space': 'Disk full',
  quota: 'Limit reached',
  'engine-missing': 'No engine',
  'image-missing': 'Image missing',
  'python-missing': 'No Python',
};
