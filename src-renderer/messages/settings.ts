/** Words of the settings sheet. */

/** See the head of the file. */
export const settingsMessages = {
  title: 'Settings',
  appearance: 'Appearance',
  theme: 'Theme',
  themes: { system: 'Like the system', light: 'Light', dark: 'Dark' },
  density: 'Density',
  densities: { compact: 'Compact', default: 'Default', comfortable: 'Comfortable' },
  wrapOutput: 'Wrap long lines of output',
  notifications: 'Notifications',
  notificationsHelp: 'Only while this window is not in focus.',
  notifyFinished: 'Tell me when a long run ends',
  notifyAfter: 'A run is long after',
  seconds: 'seconds',
  notifyLost: 'Tell me when a session is lost',
  accessibility: 'Accessibility',
  announce: 'Screen reader',
  announces: { off: 'Say nothing', summary: 'Say starts, ends and a summary', everything: 'Say everything' },
  quit: 'Quitting',
  quitSessions: 'On quit, sessions',
  quits: { profile: 'do as their profile says', end: 'end', leave: 'go on running' },
  closeToTray: 'Closing the window keeps SpecBoard in the tray',
  versions: (app: string, electron: string, chrome: string) =>
    `SpecBoard ${app} · Electron ${electron} · Chromium ${chrome}`,
} as const;
