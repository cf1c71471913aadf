/** Where things are in a container that SpecBoard made. */

/** Paths inside. The working folder is the profile's own setting. */
export const containerFolders = {
  /** Home of the user, in memory. */
  home: '/home/user',
  /** Installed packages, read-only for the session. */
  packages: '/opt/specboard-packages',
} as const;
