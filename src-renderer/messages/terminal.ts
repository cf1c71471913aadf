/** Words of the Terminal tab. */

/** See the head of the file. */
export const terminalMessages = {
  tab: 'Terminal',
  list: 'Terminals of this session',
  name: (number: number) => `Terminal ${number}`,
  endedMark: 'ended',
  waiting: 'Opening a terminal…',
  empty: 'No terminal is open in this session.',
  noSession: 'A terminal needs a session.',
  sessionEnded: 'This session has ended.',
  connecting: 'The session is starting; a terminal opens as soon as it is ready.',
  open: 'Open a terminal',
  newTerminal: 'New terminal',
  close: (name: string) => `Close ${name}`,
  connect: 'Connect',
  reconnect: 'Reconnect',
  reopen: 'Reopen',
  find: 'Find in the terminal',
  plainText: 'Show as plain text',
  menu: (name: string) => `Actions in ${name}`,
  copy: 'Copy',
  selectAll: 'Select all',
  clear: 'Clear the view',
  retry: 'Try again',

  /** How the shell ended. */
  exited: (code: number) => (code === 0 ? 'The shell has ended.' : `The shell ended with exit code ${code}.`),
  endedBecause: (reason: string) => `The terminal has ended. ${reason}`,
  ended: 'The terminal has ended.',
  dropped: 'Keys typed here are not sent.',
  linkLost: 'The connection is lost. Keys typed here are not sent until it is back.',
  announceEnded: (name: string) => `${name} has ended.`,
  announceDropped: 'Not sent: the terminal has ended.',
  announceNoLink: 'Not sent: the connection is lost.',
  tooMuch: 'The pasted text is too long for a terminal. Upload it as a file instead.',
  notTaken: 'The program in this terminal takes no more input now. What was typed last was not sent.',
  copied: 'Copied.',

  /** What a screen reader hears of the input. */
  inputLabel: (name: string) => `${name}, input`,
  leaveHint: (plainKeys: string) => `Shift+F6 leaves the terminal. ${plainKeys} shows it as plain text.`,
  leaveShort: 'Shift+F6 leaves',

  searchLabel: 'Find',
  searchPlaceholder: 'Find',
  matchCase: 'Match case',
  previous: 'Previous match',
  next: 'Next match',
  closeSearch: 'Close the search',
  noMatch: 'Nothing found',
  matches: (index: number, count: number) => (index < 0 ? `${count} found` : `${index + 1} of ${count}`),

  openLink: (keys: string, url: string) => `${keys}+click opens ${url}`,
  onlyHttps: (url: string) => `Not opened, only https links are: ${url}`,

  pasteTitle: (lines: number) => `Paste ${lines} lines?`,
  pasteBody: 'Each line may run as a command at once. It begins with:',
  pasteMore: (lines: number) => (lines === 1 ? 'and 1 more line' : `and ${lines} more lines`),
  paste: 'Paste',
  cancel: 'Cancel',

  closeTitle: (name: string) => `Close ${name}?`,
  closeBody: 'A full-screen program runs in it. It ends, and what it has not saved is lost.',
  closeConfirm: 'Close the terminal',

  plainTitle: (name: string) => `${name} as plain text`,
  plainLabel: 'Text of the terminal',
  plainCut: (lines: string) => `Only the last ${lines} lines are shown.`,
  plainLinks: 'Links in this text',
  copyAll: 'Copy all',
  closeDialog: 'Close',
} as const;
