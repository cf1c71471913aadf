/** Words of the sidebar, wide and as a column of icons. */

/** See the head of the file. */
export const sidebarMessages = {
  tree: 'Sessions and profiles',
  sessions: 'Sessions',
  profiles: 'Profiles',
  elsewhere: 'Elsewhere',
  activity: 'All activity',
  noSessions: 'No session is open. Run something to start one.',
  noProfiles: 'Every profile has a session.',
  noAccounts: 'With a profile for E2B, Docker or Daytona, what else runs there is shown here.',
  /** A row's whole name, for those who do not see its glyph. */
  session: (state: string, time: string) => `${state}, session of ${time}`,
  sessionOf: (profile: string, state: string) => `${profile}: ${state}`,
  profile: (name: string, driver: string) => `${name}, ${driver}`,
  defaultProfile: (name: string, driver: string) => `${name}, ${driver}, default`,
  profileTrouble: (name: string, driver: string, trouble: string) => `${name}, ${driver}, ${trouble}`,
  account: (name: string) => `Elsewhere on ${name}`,
  sandbox: (name: string, id: string, state: string) => `${name} ${id}, ${state}`,
  /** The row's own name follows. */
  toggle: 'Show or hide',
  timeLeft: (time: string) => `${time} left`,
  timeLeftOf: (time: string) => `The sandbox ends at ${time}`,
  startedAt: (time: string) => `Started at ${time}`,
  asOf: (time: string) => `as of ${time}`,
  lookAgain: (name: string) => `Look again what runs on ${name}`,
  newSession: 'New session',
  rename: 'Rename',
  renameLabel: (name: string) => `New name of ${name}`,
  minutes: (count: number) => `${count} min`,
  lessThanMinute: '< 1 min',
  hours: (hours: number, minutes: number) => `${hours} h ${minutes} min`,
  resize: 'Width of the sidebar',
  close: 'Close the sidebar',
} as const;

/** ms -> "41 min", "2 h 5 min": how long something still lasts, to the minute. */
export function roughTime(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return sidebarMessages.lessThanMinute;
  if (minutes < 60) return sidebarMessages.minutes(minutes);
  return sidebarMessages.hours(Math.floor(minutes / 60), minutes % 60);
}
