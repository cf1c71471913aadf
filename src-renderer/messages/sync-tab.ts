/** Words of syncing outside of its tab: marks, status bar, and what a screen reader hears. Loaded at the start. */

const conflicts = (count: number) => (count === 1 ? '1 conflict' : `${count} conflicts`);

/** See the head of the file. */
export const syncTabMessages = {
  tab: 'Sync',
  loading: 'Opening Sync…',
  mark: (count: number) => `▲ ${count}`,
  markLabel: (count: number) => (count === 1 ? '1 decision waits' : `${count} decisions wait`),
  showSync: 'Show Sync',
  announceConflict: (profile: string, count: number) =>
    `${profile}: ${conflicts(count)} of the sync ${count === 1 ? 'waits' : 'wait'} for you. Nothing was replaced.`,
  announceAsks: (profile: string, message: string) => `${profile}: sync waits for your answer. ${message}`,
  announceFailed: (profile: string, message: string) => `${profile}: sync failed. ${message}`,
  announceDone: (profile: string) => `${profile}: synced.`,
} as const;
