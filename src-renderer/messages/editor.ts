/** Words for the code editor: drafts, what to run, keys. */
import { formatDuration } from './format.ts';

/** See the head of the file. */
export const editorMessages = {
  runMenu: 'More ways to run',
  runSelection: 'Run the selection',
  runAll: 'Run all',
  runBlock: 'Run the block at the cursor',
  drafts: 'Drafts',
  draftMenu: (name: string) => `Drafts: ${name}`,
  firstDraft: 'Draft',
  newDraftName: (number: number) => `Draft ${number}`,
  newDraft: 'New draft',
  openFile: 'Open a file…',
  saveDraft: 'Save as a file…',
  closeDraft: 'Close this draft',
  current: (name: string) => `${name} (open)`,
  fileTooLarge: (name: string) => `${name} is too large for the editor.`,
  fileTooLargeHint: 'Put it into the sandbox with Files and run it from there.',
  fileNotText: (name: string) => `${name} is not a text file.`,
  saved: (name: string) => `Saved as ${name}.`,
  timeout: 'Stop after',
  noTimeout: 'No time limit',
  timeoutAfter: (ms: number) => `Stop after ${formatDuration(ms)}`,
  tabLeaves: 'Tab moves the focus. Control and M lets it indent again.',
  tabIndents: 'Tab indents. Escape, then Tab leaves the editor.',
  help: 'Tab indents. Escape, then Tab leaves the editor; Control and M switches what Tab does.',
  live: 'in the session',
} as const;

/** The words of CodeMirror's own search panel and of what it announces. */
export const editorPhrases: Readonly<Record<string, string>> = {
  Find: 'Find',
  Replace: 'Replace',
  next: 'Next',
  previous: 'Previous',
  all: 'Select all',
  'match case': 'Match case',
  regexp: 'Pattern',
  'by word': 'Whole words',
  replace: 'Replace',
  'replace all': 'Replace all',
  close: 'Close',
};
