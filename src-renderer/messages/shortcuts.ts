/** Words of the list of keys and of the accessibility help. */

/** See the head of the file. */
export const shortcutMessages = {
  title: 'Keyboard shortcuts',
  filter: 'Search shortcuts',
  change: 'Change keys…',
  nothing: 'No shortcut is called that.',
  inTerminal: (keys: string) => `${keys} in a terminal`,
  toShell: 'goes to the shell in a terminal',
  editor: 'In the editor',
  editorKeys: [
    { keys: 'Escape, then Tab', does: 'Leave the editor' },
    { keys: 'Ctrl+M', does: 'Let Tab move the focus, or indent' },
  ],
  terminal: 'In a terminal',
  terminalKeys: {
    mac: [{ keys: 'Shift+F6', does: 'Leave the terminal' }],
    other: [
      { keys: 'Shift+F6', does: 'Leave the terminal' },
      { keys: 'Ctrl+C', does: 'Interrupt, as in every terminal' },
    ],
  },
  helpTitle: 'Accessibility help',
  help: [
    {
      title: 'Moving',
      text: (keys: { next: string; previous: string; palette: string }) =>
        `${keys.next} goes to the next part of the window, ${keys.previous} to the one before: header, tabs, editor, output, sidebar, status bar. ${keys.palette} finds every command by name.`,
    },
    {
      title: 'Editor and terminal',
      text: (keys: { previous: string }) =>
        `In the editor, Tab indents: press Escape, then Tab to leave it, or Ctrl+M to let Tab move on. A terminal takes nearly every key; ${keys.previous} always leaves it.`,
    },
    {
      title: 'Output',
      text: () =>
        'Output that streams is not read aloud by itself. You hear when a run starts, how it goes at most every five seconds, and how it ended. How much is said can be chosen in the settings.',
    },
    {
      title: 'Seeing',
      text: () =>
        'Theme, contrast, density, sizes of text and motion are in the settings. States are told by shape and word, not by colour alone. The window works at 200 % zoom.',
    },
  ],
  openSettings: 'Accessibility settings…',
} as const;
