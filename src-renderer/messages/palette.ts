/** Words of the command palette. */

/** See the head of the file. */
export const paletteMessages = {
  title: 'Command palette',
  placesTitle: 'Switch to',
  placeholder: 'Search or run a command',
  open: (keys: string | null) =>
    keys === null ? 'Search or run a command' : `Search or run a command (${keys})`,
  placesPlaceholder: 'Switch to a session or profile',
  results: 'Commands',
  places: 'Sessions and profiles',
  recent: 'Used recently',
  sessions: 'Sessions',
  profiles: 'Profiles',
  settings: 'Settings',
  nothing: (query: string) => `Nothing is called “${query}”.`,
  found: (count: number) => (count === 1 ? '1 result' : `${count} results`),
  session: (name: string, word: string) => `${name}: ${word}`,
  newProfileOf: (driver: string) => `New profile: ${driver}`,
  keys: '↑ ↓ to choose, Enter to run, Escape to close',
} as const;
