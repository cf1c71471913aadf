/** Words for sessions, their states and what can be done with them. */

import type { DriverManifest } from '../../src-shared/domain/driver-manifest.ts';
import type { KeepMode } from '../../src-shared/domain/session.ts';

const list = new Intl.ListFormat(undefined, { type: 'conjunction' });

/** See the head of the file. */
export const sessionMessages = {
  notConnected: 'Not connected',
  starting: 'Starting',
  startingStep: (step: string) => `Starting: ${step}`,
  ready: 'Ready',
  running: (number: number) => `Running #${number}`,
  runningUnnumbered: 'Running',
  cancelling: (number: number) => `Cancelling #${number}`,
  stopping: 'Stopping…',
  needsYou: 'Needs an answer',
  endsIn: (time: string) => `Ends in ${time}`,
  failed: 'Failed',
  ended: 'Ended',
  endedWith: (reason: string) => `Ended: ${reason}`,
  since: (time: string) => `since ${time}`,
  name: (time: string) => `Session ${time}`,
  connect: 'Connect',
  connecting: 'Connecting…',
  cancelConnect: 'Cancel',
  disconnect: 'Disconnect',
  dismiss: 'Remove from list',
  dismissTitle: (name: string) => `Remove the session of “${name}” from the list?`,
  dismissUnsaved: (names: readonly string[]) =>
    names.length === 1
      ? `Your changes of ${names[0]} are not saved, and are lost with it.`
      : `Your changes of ${list.format(names)} are not saved, and are lost with it.`,
  dismissConfirm: 'Discard and remove',
  forceRemove: 'Force remove…',
  forceTitle: (name: string) => `Remove the session of “${name}” without waiting for its end?`,
  forceBody:
    'Nobody has confirmed that its sandbox ended: it may still run, and cost. SpecBoard asks about it at its next start. Output and history stay.',
  forceConfirm: 'Force remove',
  reattach: 'Reconnect',
  endSandbox: 'End sandbox',
  isolation: {
    none: 'Not isolated',
    'os-sandbox': 'Sandboxed',
    container: 'Container',
    microvm: 'MicroVM',
  },
  isolationHelp: {
    none: 'Code runs as you, on your files.',
    'os-sandbox': 'Code runs in a sandbox of this operating system, in a folder of its own.',
    container: 'Code runs in a container.',
    microvm: 'Code runs in a virtual machine of its own.',
  },
  keep: {
    end: {
      label: 'End and delete',
      help: 'Stops everything and deletes the sandbox with its files. Nothing goes on costing.',
    },
    pause: {
      label: 'Pause',
      help: 'The sandbox sleeps with its files until you resume it. Storage may cost.',
    },
    leave: {
      label: 'Leave running',
      help: 'The sandbox goes on running, and costing, without SpecBoard. Reconnect whenever you like.',
    },
  },
  keepDefault: (label: string) => `${label} (default)`,
  disconnectOptions: 'Other ways to disconnect',
  disconnectHelp: (label: string, help: string | undefined) =>
    help === undefined ? label : `${label}. ${help}`,
  timeLeft: (time: string) => `${time} left`,
  timeLeftHelp: (time: string) =>
    `The sandbox ends at ${time} unless it is used or extended. SpecBoard keeps it alive while it works.`,
  extend: 'Extend',
  extendMenu: 'Extend the time of this sandbox',
  extendBy: (minutes: number) =>
    minutes < 60 ? `${minutes} more minutes` : minutes === 60 ? '1 more hour' : `${minutes / 60} more hours`,
  announceEndsIn: (name: string, minutes: number) =>
    minutes === 1 ? `${name} ends in 1 minute.` : `${name} ends in ${minutes} minutes.`,
  pause: 'Pause',
  resume: 'Resume',
  warnings: 'About this session',
  actionsFor: (name: string) => `Actions for ${name}`,
} as const;

/** What a driver calls a way to leave its sandbox; the usual words where it has none of its own. */
export function keepWords(
  manifest: DriverManifest | undefined,
  mode: KeepMode,
): { label: string; help?: string } {
  const own = manifest?.keepLabels?.[mode];
  if (!own) return sessionMessages.keep[mode];
  return { label: own.label, ...(own.help === undefined ? {} : { help: own.help }) };
}
