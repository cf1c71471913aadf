/** Words of the Sync tab: pairs, their state, the plan, files, history, exclusions. Those of conflicts are in sync-conflict.ts. */
import type {
  SyncAnswer,
  SyncFile,
  SyncHalt,
  SyncKept,
  SyncMode,
  SyncPlan,
  SyncPlanItem,
  SyncProgress,
  SyncRun,
  SyncSide,
  SyncSummary,
} from '../../src-shared/domain/sync.ts';
import { formatBytes, formatClockDuration, formatCount, formatDay, formatTime } from './format.ts';

const files = (count: number) => (count === 1 ? '1 file' : `${formatCount(count)} files`);
const conflicts = (count: number) => (count === 1 ? '1 conflict' : `${formatCount(count)} conflicts`);
const problems = (count: number) => (count === 1 ? '1 problem' : `${formatCount(count)} problems`);

/** Rules that are in no file of the folder. */
const sources: Readonly<Record<string, string>> = {
  defaults: 'what is usually made',
  secrets: 'files that usually hold secrets',
  profile: 'own patterns',
  specboard: 'SpecBoard itself',
};

/** How files move in a mode. */
const moving: Record<SyncMode, string> = {
  'two-way': 'Syncing',
  upload: 'Uploading',
  download: 'Downloading',
  'mirror-upload': 'Uploading',
  'mirror-download': 'Downloading',
};

/** See the head of the file. */
export const syncMessages = {
  region: 'Sync',
  close: 'Close',
  cancel: 'Cancel',
  back: 'Back',
  tryAgain: 'Try again',

  empty: 'Pair a folder of this computer with one in the sandbox, and both stay the same.',
  pair: 'Pair a folder…',
  connecting: 'Connecting. The paired folders appear here.',
  needsSession: 'Connect to pair a folder of this computer with one in the sandbox.',
  connect: 'Connect',
  pairs: 'Paired folders',
  here: 'This computer',
  there: 'In the sandbox',

  modes: {
    'two-way': 'Both ways',
    upload: 'Upload only',
    download: 'Download only',
    'mirror-upload': 'Mirror to the sandbox',
    'mirror-download': 'Mirror to this computer',
  } satisfies Record<SyncMode, string>,
  modeHelp: {
    'two-way': 'Each side gets what the other changed. Where both changed a file, you decide.',
    upload: 'The sandbox gets what changes here. What it changed itself is never touched.',
    download: 'This computer gets what changes in the sandbox. What you changed here is never touched.',
    'mirror-upload': 'The sandbox’s folder becomes an exact copy of this computer’s.',
    'mirror-download': 'This computer’s folder becomes an exact copy of the sandbox’s.',
  } satisfies Record<SyncMode, string>,
  mirrorWarning: {
    'mirror-upload':
      'Everything in the sandbox’s folder that is not in this computer’s is deleted, and what was changed there is replaced.',
    'mirror-download':
      'Everything in this computer’s folder that is not in the sandbox’s is deleted, and what you changed here is replaced.',
  },
  mirrorKept: 'Copies of it stay in the sync history for 30 days.',

  // The state of a pair.
  notYet: 'Not synced yet. Look at the plan, then start.',
  same: (at: string) => `Everything is the same, ${at}`,
  otherwiseSame: (at: string) => `Everything else is the same, ${at}`,
  stopping: 'Stopping…',
  stages: {
    scanning: 'Looking at both sides…',
    comparing: 'Comparing…',
    saving: 'Finishing…',
  } satisfies Partial<Record<SyncProgress['stage'], string>>,
  transferring: (mode: SyncMode, progress: SyncProgress) =>
    `${moving[mode]} ${formatCount(progress.files)} of ${files(progress.filesTotal)}, ${formatBytes(progress.bytes)} of ${formatBytes(progress.bytesTotal)}`,
  applying: (progress: SyncProgress) =>
    `Putting in place ${formatCount(progress.files)} of ${files(progress.filesTotal)}`,
  rate: (bytesPerSecond: number) => `${formatBytes(bytesPerSecond)}/s`,
  left: (ms: number) => `${formatClockDuration(ms)} left`,
  progress: 'How far the sync is',
  offline: 'The sandbox is not connected. The pair stays, and goes on with the next session of this profile.',
  elsewhere: 'Another SpecBoard syncs this folder now.',
  watching: 'Watching',
  watchingHelp: 'Changes are synced as they happen',
  conflicts,
  problems,
  decide: 'Decide…',
  decideAll: (count: number) =>
    count === 1 ? 'Decide the conflict…' : `Decide ${formatCount(count)} conflicts…`,
  failed: 'The last sync failed.',
  ended: (summary: SyncSummary) => endedText(summary),

  syncNow: 'Sync now',
  watch: 'Watch',
  stop: 'Stop',
  more: 'More about this pair',
  showPlan: 'Show plan',
  checksums: 'Sync with checksums',
  checksumsHelp: 'Reads every file again: slower, and misses nothing',
  changeMode: 'Change mode…',
  exclusionsOf: 'Exclusions…',
  historyOf: 'History…',
  remove: 'Remove pair…',
  removeTitle: 'Remove this pair?',
  removeBody:
    'Its files stay on both sides as they are. The sync history with its kept copies goes, and open conflicts are forgotten.',
  removeConfirm: 'Remove pair',

  // What a pair asks. The last choice is always to leave it as it is.
  answers: (halt: SyncHalt): Partial<Record<SyncAnswer, string>> => ({
    ...usualAnswers,
    ...ownAnswers(halt),
  }),
  leave: 'Leave it as it is',

  // Pairing.
  pairTitle: 'Pair a folder',
  localFolder: 'Folder on this computer',
  chooseFolder: 'Choose…',
  noFolder: 'None chosen yet',
  remoteFolder: 'Folder in the sandbox',
  remoteHelp: 'Below the working folder, or a full path. It is made where it does not exist.',
  showFolders: 'Folders for',
  noFolders: 'No folders',
  mode: 'Mode',
  next: 'Next: look at the plan',
  pairHelp: 'Nothing is synced yet: you see first what would happen.',
  modeTitle: 'Change mode',
  modeConfirm: 'Change mode',

  // The plan.
  plan: 'Plan',
  planning: 'Looking at both sides…',
  planHelp: 'What would happen now. Nothing has been changed.',
  planFiles: 'Planned changes',
  planNothing: 'Both sides are the same: there is nothing to do.',
  planAgain: 'Look again',
  startSyncing: 'Start syncing',
  startHelp: 'Syncs, and then as changes happen',
  syncOnce: 'Sync once',
  planTotals: (plan: SyncPlan) => planTotals(plan),
  planRest: (plan: SyncPlan) => planRest(plan),
  showExcluded: 'What is left out, and why',
  actions: {
    upload: 'To the sandbox',
    download: 'To this computer',
    'delete-local': 'Delete on this computer',
    'delete-remote': 'Delete in the sandbox',
    conflict: 'Conflict: you decide',
    problem: 'Cannot be synced',
    leave: 'Stays as it is',
  } satisfies Record<SyncPlanItem['action'], string>,
  replaces: 'replaces the other copy',

  // Files.
  parts: { files: 'Files', history: 'History', exclusions: 'Exclusions', plan: 'Plan' },
  partsLabel: 'About this pair',
  show: 'Which files',
  shows: { all: 'All', changes: 'Changes', problems: 'Problems', excluded: 'Excluded' },
  search: 'Search paths',
  list: 'Files of this pair',
  total: (count: number) => files(count),
  asOf: (at: string) => `as of ${at}`,
  listing: 'Reading the files…',
  readingHistory: 'Reading the history…',
  nothing: {
    all: 'Nothing has been looked at yet. Sync, or show the plan.',
    changes: 'No changes wait.',
    problems: 'No problems.',
    excluded: 'Nothing is left out.',
  },
  notFound: 'No path is like that.',
  statuses: {
    same: 'The same',
    'to-upload': 'Changed here',
    'to-download': 'Changed in the sandbox',
    'to-delete-local': 'Deleted in the sandbox',
    'to-delete-remote': 'Deleted here',
    conflict: 'Conflict',
    problem: 'Problem',
    excluded: 'Left out',
    left: 'Stays as it is',
  } satisfies Record<SyncFile['status'], string>,
  directions: { upload: 'uploaded', download: 'downloaded' },
  syncedAt: (at: string, direction: string | null) => (direction === null ? at : `${direction} ${at}`),

  // History.
  historyOfWhat: 'What to show',
  runs: 'Syncs',
  noRuns: 'Nothing has been synced yet.',
  kept: 'Kept copies',
  keptHelp: 'What a sync replaced, deleted or did not take stays here for 30 days.',
  noKept: 'No copies are kept.',
  restore: 'Restore',
  restoreOf: (path: string) => `Restore ${path}`,
  restored: (path: string) => `${path} is back on this computer.`,
  unavailable: 'Lies in a sandbox that is not connected',
  whyKept: {
    replaced: 'Replaced',
    deleted: 'Deleted',
    'not-chosen': 'Not chosen in a conflict',
    'restored-over': 'Replaced by a restored copy',
  } satisfies Record<SyncKept['why'], string>,
  keptFacts: ({ why, side, keptAt, expiresAt, version }: SyncKept) =>
    `${syncMessages.whyKept[why]} ${side === 'local' ? 'on this computer' : 'in the sandbox'} · ${formatDay(keptAt)}, ${formatTime(keptAt)} · ${formatBytes(version.size)} · kept until ${formatDay(expiresAt)}`,
  triggers: {
    asked: 'Asked for',
    watch: 'By itself',
    resolve: 'Conflict decided',
    restore: 'Copy restored',
  } satisfies Record<SyncRun['trigger'], string>,
  outcomes: {
    done: 'Done',
    cancelled: 'Stopped',
    failed: 'Failed',
    waiting: 'Asked you something',
  } satisfies Record<SyncRun['outcome'], string>,

  // Exclusions.
  defaults: 'What is usually made, not written',
  defaultsHelp: 'Version control, packages, caches and build results.',
  secrets: 'Files that usually hold secrets',
  secretsHelp: 'Keys and passwords stay where they are.',
  gitignore: 'What .gitignore files leave out',
  gitignoreHelp: 'Nested files and negation count, as git decides. A .specboardignore counts in any case.',
  patterns: 'Own patterns',
  patternsHelp: 'One a line, in the words of .gitignore: *.log, /build/, !keep.log',
  save: 'Save',
  saved: 'Saved. It counts from the next sync on.',
  showPatterns: (count: number) => `Show the ${formatCount(count)} patterns`,
  why: 'Why is this left out?',
  whyHelp: 'A path below the paired folder',
  whyAsk: 'Look',
  whyNone: (path: string) => `Nothing leaves out ${path}.`,
  /** "defaults: node_modules/" in the words of this page. */
  whyExcluded: (why: string) => why.replace(/^\w+(?=[:,] )/, (source) => sources[source] ?? source),
  whyFound: (pattern: string, source: string, line: number, folder: string | null) => {
    const name = sources[source] ?? source;
    const where = line > 0 && name === source ? `${name}, line ${line}` : name;
    return folder === null
      ? `“${pattern}” of ${where}`
      : `“${pattern}” of ${where} leaves out the folder ${folder}`;
  },
} as const;

const usualAnswers: Record<SyncAnswer, string> = {
  'go-on': 'Go on',
  restore: 'Bring the files back',
  'start-over': 'Compare as for the first time',
};

function ownAnswers({ reason, count, side }: SyncHalt): Partial<Record<SyncAnswer, string>> {
  switch (reason) {
    case 'first-sync':
      return { 'go-on': 'Start syncing' };
    case 'mirror-deletes':
    case 'mass-deletion':
    case 'emptied':
      return {
        'go-on': count === 1 ? `Delete it ${onSide(side)}` : `Delete ${files(count)} ${onSide(side)}`,
      };
    case 'local-missing':
      return { restore: 'Fill this computer’s folder from the sandbox' };
    case 'local-replaced':
      return { 'start-over': 'Compare with the folder that is here now' };
    case 'new-sandbox':
    case 'went-back':
      return {
        restore: 'Fill the sandbox from this computer',
        'start-over': 'Compare both, deleting nothing',
      };
    case 'large-download':
      return { 'go-on': `Copy ${files(count)} to this computer` };
    case 'no-space':
      return { 'go-on': 'Try again' };
  }
}

function onSide(side: SyncSide | null): string {
  return side === 'local' ? 'on this computer' : 'in the sandbox';
}

function endedText({
  uploaded,
  downloaded,
  deletedLocal,
  deletedRemote,
  conflicts: open,
}: SyncSummary): string {
  const deleted = deletedLocal + deletedRemote;
  const parts = [
    uploaded > 0 && `${files(uploaded)} to the sandbox`,
    downloaded > 0 && `${files(downloaded)} to this computer`,
    deleted > 0 && `${formatCount(deleted)} deleted`,
    open > 0 && conflicts(open),
  ].filter(Boolean);
  return parts.length === 0 ? 'No changes' : parts.join(', ');
}

function planTotals({
  upload,
  download,
  deleteLocal,
  deleteRemote,
  conflicts: open,
  problems: bad,
}: SyncPlan): string[] {
  return [
    upload.files > 0 && `${files(upload.files)} to the sandbox, ${formatBytes(upload.bytes)}`,
    download.files > 0 && `${files(download.files)} to this computer, ${formatBytes(download.bytes)}`,
    deleteRemote > 0 && `${files(deleteRemote)} deleted in the sandbox`,
    deleteLocal > 0 && `${files(deleteLocal)} deleted on this computer`,
    open > 0 && conflicts(open),
    bad > 0 && problems(bad),
  ].filter((part) => part !== false);
}

function planRest({ same, excluded }: SyncPlan): string {
  const parts = [
    same > 0 && `${files(same)} already the same`,
    excluded > 0 && `${formatCount(excluded)} left out`,
  ].filter(Boolean);
  return parts.join(', ');
}
