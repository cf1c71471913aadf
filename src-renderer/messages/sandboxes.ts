/** Words for sandboxes that run without a session here. */

/** See the head of the file. */
export const sandboxMessages = {
  title: 'Running elsewhere',
  about: 'Sandboxes of this account or engine that have no session here.',
  none: 'Nothing else runs there.',
  look: 'Look for sandboxes',
  lookAgain: 'Look again',
  asOf: (time: string) => `As of ${time}`,
  looking: 'Looking…',
  connect: 'Connect',
  connectTo: (name: string, id: string) => `Connect to ${name} ${id}`,
  end: 'End',
  endAsk: 'End…',
  endOf: (name: string, id: string) => `End ${name} ${id}`,
  endTitle: (name: string, id: string) => (name ? `End “${name}” ${id}?` : `End ${id}?`),
  endBody: (lost: string) => `${lost} It cannot be brought back.`,
  state: { running: 'Running', paused: 'Paused', unknown: 'State unknown' },
  stateSince: (state: 'running' | 'paused' | 'unknown', since: string) =>
    `${{ running: 'Running', paused: 'Paused', unknown: 'State unknown' }[state]} ${since}`,
  since: (time: string) => `since ${time}`,
  until: (time: string) => `ends ${time}`,
  owner: {
    here: 'Started by this SpecBoard',
    elsewhere: 'Started by another SpecBoard; left as it is at disconnect',
    unknown: 'Not started by SpecBoard; left as it is at disconnect',
  },
  inUse: 'In use by a session of this SpecBoard',
} as const;
