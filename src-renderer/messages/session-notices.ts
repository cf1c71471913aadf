/** Words for what happens to sessions: links that break, sandboxes that die, what survived, and questions before an end. */
import { formatCount } from './format.ts';

const list = new Intl.ListFormat(undefined, { type: 'conjunction' });

/** See the head of the file. */
export const sessionNoticeMessages = {
  // ---- connecting
  connectSteps: 'Steps so far',
  takesLonger: (usual: string) => `This takes longer than usual (${usual}).`,
  details: 'Details',
  since: (time: string) => `Since ${time}`,
  sandboxId: (id: string) => `Sandbox ${id}`,

  // ---- the link
  checkingLink: 'Checking whether the sandbox can still be reached…',
  linkLost: (time: string) => `Link lost at ${time}.`,
  tryingNow: (attempt: number) => `Trying again (${attempt})…`,
  tryingIn: (attempt: number, seconds: number) => `Trying again (${attempt}) in ${seconds} s.`,
  linkKept: 'What you see is its last state. What you run now waits until the link is back.',
  runsWait: (count: number) => (count === 1 ? '1 run waits.' : `${formatCount(count)} runs wait.`),
  reconnectNow: 'Reconnect now',
  announceLinkLost: (name: string) => `${name}: the link is lost. SpecBoard tries again.`,
  announceLinkBack: (name: string) => `${name}: the link is back.`,

  // ---- a sandbox that died
  startReplacement: 'Start a replacement',
  runAgainThere: (number: number) => `Run #${number} again there`,
  openActivity: 'Open activity',
  checkNow: 'Check now',
  checkingNow: 'Looking…',
  foundRunning: (time: string) => `It still runs (${time}).`,
  foundPaused: (time: string) => `It is asleep (${time}).`,
  foundThere: (time: string) => `It is still there (${time}).`,
  notFound: (time: string) => `It is not among the sandboxes of the account any more (${time}).`,
  lastReadings: (time: string) => `Last readings, ${time}`,
  cpuReading: (percent: string) => `CPU ${percent}`,
  memoryReading: (used: string, total: string | null) =>
    total === null ? `memory ${used}` : `memory ${used} of ${total}`,
  diskReading: (used: string, total: string | null) =>
    total === null ? `disk ${used}` : `disk ${used} of ${total}`,
  lastLines: (number: number) => `Last lines of #${number}`,
  noLastLines: (number: number) => `#${number} had printed nothing.`,

  // ---- what is left
  mayRun: 'The sandbox may still run, and cost: use it again, or end it.',
  leftRunningTitle: (time: string) =>
    `Left running since ${time}. It goes on without SpecBoard, and may cost.`,
  pausedTitle: (time: string) => `Paused since ${time}. Its files are kept; keeping them may cost.`,
  reconnect: 'Reconnect',
  resume: 'Resume',
  endSandbox: 'End sandbox…',
  keep: 'Keep',
  keepHelp: 'Leaves the sandbox as it is and takes it off this list.',
  leftoversTitle: (count: number) =>
    count === 1
      ? 'A sandbox of an earlier SpecBoard may still run, and cost.'
      : `${formatCount(count)} sandboxes of an earlier SpecBoard may still run, and cost.`,
  leftover: (name: string, time: string) => `${name}, last seen ${time}`,

  // ---- what survived a reload
  survivedTitle: (count: number) => (count === 1 ? '1 run survived' : `${formatCount(count)} runs survived`),
  survivedList: (items: readonly string[]) => `${list.format(items)}.`,
  stillRunning: (number: number) => `#${number} still running`,
  finishedAway: (number: number) => `#${number} finished while the window was away`,
  show: 'Show',

  // ---- keys
  keyLockedTitle: (profile: string, store: string) => `The key of “${profile}” is locked in ${store}.`,
  keyLockedBody: 'Nothing is asked again by itself. Profiles without a key stay usable.',
  help: 'Help',
  keyLockedHelp: [
    'The keyring opens when you log in with your password. A desktop that logs in by itself, or a remote login, leaves it locked.',
    'Unlock asks the keyring once. Its prompt may be behind other windows.',
    'A key for this session only stays in memory, and is gone when SpecBoard quits. The stored key is not touched.',
  ],
  unlock: 'Unlock…',
  unlocking: 'Asking the keyring…',
  sessionKey: 'Use a key for this session only…',

  // ---- questions
  endTitle: {
    end: (name: string) => `End “${name}”?`,
    pause: (name: string) => `Pause “${name}”?`,
    leave: (name: string) => `Leave “${name}” running?`,
  },
  endRuns: (numbers: readonly number[]) =>
    numbers.length === 1
      ? `#${numbers[0]} is still running and is stopped.`
      : `${list.format(numbers.map((number) => `#${number}`))} are still running and are stopped.`,
  endFiles: (names: readonly string[], more: number) =>
    more > 0
      ? `Deleted with the sandbox: ${names.join(', ')} and ${formatCount(more)} more.`
      : `Deleted with the sandbox: ${list.format(names)}.`,
  endKept: 'Output that reached SpecBoard stays readable.',
  stay: 'Stay connected',
  endSandboxTitle: (name: string) => `End the sandbox of “${name}”?`,
  endSandboxBody: (id: string | null) =>
    id === null
      ? 'It is deleted with all that is in it.'
      : `Sandbox ${id} is deleted with all that is in it.`,
  endSandboxConfirm: 'End sandbox',
  cancel: 'Cancel',
} as const;
