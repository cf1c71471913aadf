/** Words for questions that running code asks. */

/** See the head of the file. */
export const questionMessages = {
  title: (count: number) => (count === 1 ? 'A package is missing' : `${count} packages are missing`),
  body: 'The code imports what is not installed in this session. Install it and go on?',
  bodySuspicious:
    'One of these names is almost the name of a well-known package. Check it before you install it.',
  trust: {
    known: 'Known package',
    guess: 'A guess: named after the import',
    suspicious: 'Suspicious: one letter from a well-known name',
  },
  importedAs: (module: string) => `imported as ${module}`,
  install: 'Install',
  installAnyway: 'Install anyway',
  always: 'Always install',
  alwaysHelp: 'Installs missing packages on this profile without asking, known names only.',
  skip: 'Not now',
  announce: 'A question is waiting: a package is missing.',
} as const;
