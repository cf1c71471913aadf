/** Words of Activity: search, filters, comparison, export. */
import type { Difference, ExportFormat } from '../../src-shared/contract/history-operations.ts';
import { formatBytes, formatCount, formatDay } from './format.ts';

const runs = (count: number) => (count === 1 ? '1 run' : `${formatCount(count)} runs`);

/** See the head of the file. */
export const activityMessages = {
  tab: 'Activity',
  region: 'Activity',
  list: 'Runs',
  detail: 'Chosen run',
  loading: 'Reading the runs…',
  search: 'Search code and output',
  searchHelp: 'Words, "a phrase", or the beginning* of a word',
  clearSearch: 'Clear the search',
  scope: 'Which runs',
  scopeSession: 'This session',
  scopeProfile: 'This profile',
  scopeAll: 'All sessions',
  filters: 'Filters',
  profile: 'Profile',
  driver: 'Driver',
  state: 'State',
  language: 'Language',
  time: 'Time',
  filterOne: (name: string, value: string) => `${name}: ${value}`,
  filterMany: (name: string, count: number) => `${name}: ${count} chosen`,
  clearFilters: 'Clear filters',
  times: {
    any: 'Any time',
    today: 'Today',
    week: 'Last 7 days',
    month: 'Last 30 days',
    older: 'Older than 30 days',
  },
  today: 'Today',
  yesterday: 'Yesterday',
  total: (count: number) => (count > 10_000 ? 'More than 10,000 runs' : runs(count)),
  found: (count: number) => (count > 10_000 ? 'More than 10,000 found' : `${formatCount(count)} found`),
  unindexed: (count: number) =>
    `Older runs are still being read for the search: ${formatCount(count)} to go.`,
  empty: 'Nothing has been run here yet.',
  emptyAction: 'Run something',
  nothing: 'No run is like that.',
  nothingHelp: 'Every word must be in the code or in the first or last 256 KB of the output.',
  trySample: (query: string) => `Try: ${query}`,
  sample: 'error',
  pick: 'Choose a run to see its code and output.',
  pickCompare: (number: number) => `Choose the run to compare with #${number}.`,
  stopPicking: 'Cancel',
  loadingMore: 'Reading more runs…',
  failed: 'The runs could not be read.',
  tryAgain: 'Try again',
  back: 'All runs',
  facts: 'Facts of this run',
  deletedProfile: 'deleted profile',
  started: 'Started',
  where: 'Ran in',
  openInEditor: 'Open in editor',
  draftOf: (number: number) => `Run #${number}`,
  rerunHere: 'Re-run here',
  rerunOn: 'Re-run on…',
  rerunSession: (name: string) => `${name}, session that runs`,
  rerunProfile: (name: string) => `${name}, new session`,
  compareWith: 'Compare with…',
  compareThis: (number: number) => `Compare with #${number}`,
  sameCode: (number: number, profile: string, when: string) => `#${number} · ${profile} · ${when}`,
  sameCodeHelp: 'The same code',
  chooseFromList: 'Choose from the list…',
  exportMenu: 'Export',
  exportSession: {
    ipynb: 'Session as Jupyter notebook',
    markdown: 'Session as Markdown',
    text: 'Session as plain text',
  } satisfies Record<ExportFormat, string>,
  exportRun: {
    ipynb: 'Only this run as Jupyter notebook',
    markdown: 'Only this run as Markdown',
    text: 'Only this run as plain text',
  } satisfies Record<ExportFormat, string>,
  exported: (fileName: string, count: number, cut: number) =>
    cut === 0
      ? `${runs(count)} exported to ${fileName}.`
      : `${runs(count)} exported to ${fileName}. The output of ${runs(cut)} was too large to go in whole; the file says where.`,
  saveOutput: 'Save output…',
  savedOutput: (fileName: string) => `Output saved to ${fileName}.`,
  more: (number: number) => `More for run ${number}`,
  remove: 'Delete this run…',
  removeTitle: (number: number) => `Delete run #${number}?`,
  removeBody: 'Its code and all its output are deleted for good.',
  removeSession: 'Delete all runs of this session…',
  removeSessionTitle: (count: number) => `Delete ${runs(count)}?`,
  removeSessionBody: (bytes: number, running: number) =>
    running === 0
      ? `Code and output (${formatBytes(bytes)}) are deleted for good.`
      : `Code and output (${formatBytes(bytes)}) are deleted for good. What runs now stays.`,
  removeConfirm: 'Delete',
  preflightTitle: (number: number, where: string) => `Run #${number} on ${where}`,
  preflightNone: 'Nothing is known to be different there.',
  preflightIntro: 'What is different there:',
  preflightFailed: 'What is different there could not be found out.',
  preflightLoading: 'Comparing…',
  preflightRun: 'Run there',
  cancel: 'Cancel',
  close: 'Close',
  compareTitle: (left: number, right: number) => `#${left} and #${right}`,
  compareBack: 'Back to the runs',
  compareLook: 'How to show the differences',
  sideBySide: 'Side by side',
  unified: 'Unified',
  next: 'Next difference (F7)',
  previous: 'Previous difference (Shift+F7)',
  same: 'Both outputs are the same.',
  differences: (count: number) => (count === 1 ? '1 difference' : `${formatCount(count)} differences`),
  comparing: 'Reading both outputs…',
  compareCut: (size: string) => `Only the first ${size} of each output are compared.`,
  codeDiffers: 'The code is not the same.',
  textOf: (number: number) => `Text output of #${number}`,
  richOf: (number: number) => `Values of #${number}`,
  noValues: 'No values.',
  sideFacts: (number: number) => `Facts of #${number}`,
  day: formatDay,
} as const;

const isolationWords: Record<string, string> = {
  microvm: 'a virtual machine',
  container: 'a container',
  'os-sandbox': "the system's sandbox",
  none: 'nothing',
};
const list = new Intl.ListFormat(undefined, { style: 'long', type: 'conjunction' });
const missing = 'not set';

/** One difference in words: what it is about, and what it means. */
export function differenceWords(difference: Difference): { topic: string; text: string } {
  switch (difference.topic) {
    case 'driver':
      return { topic: 'Driver', text: fromTo(difference.from, difference.to) };
    case 'interpreter':
      return { topic: 'Interpreter or image', text: fromTo(difference.from, difference.to) };
    case 'folder':
      return { topic: 'Working folder', text: fromTo(difference.from, difference.to) };
    case 'network':
      return { topic: 'Network', text: fromTo(difference.from, difference.to) };
    case 'isolation':
      return {
        topic: 'Isolation',
        text: fromTo(isolationOf(difference.from), isolationOf(difference.to)),
      };
    case 'variables':
      return { topic: 'Environment variables', text: variablesText(difference.missing, difference.added) };
    case 'files':
      return { topic: 'Files', text: filesText(difference.missing, difference.unknown) };
    case 'fresh':
      return {
        topic: 'Earlier runs',
        text: 'Variables and files that other runs have made before are not there.',
      };
  }
}

function isolationOf(value: string | null): string | null {
  return value === null ? null : (isolationWords[value] ?? value);
}

function fromTo(from: string | null, to: string | null): string {
  return `${from ?? missing} → ${to ?? missing}`;
}

function variablesText(gone: readonly string[], added: readonly string[]): string {
  if (added.length === 0) return `Not set there: ${list.format(gone)}.`;
  if (gone.length === 0) return `Only set there: ${list.format(added)}.`;
  return `Not set there: ${list.format(gone)}. Only set there: ${list.format(added)}.`;
}

function filesText(gone: readonly string[], unknown: readonly string[]): string {
  if (unknown.length === 0) return `Not there: ${list.format(gone)}.`;
  const question = `The code names ${list.format(unknown)}; whether that is there shows when it runs.`;
  return gone.length === 0 ? question : `Not there: ${list.format(gone)}. ${question}`;
}
