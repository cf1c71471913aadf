/** Words of the Files tab: the tree, the preview, editing, transfers. */

const sorts = { name: 'Name', size: 'Size', time: 'Changed' } as const;

/** See the head of the file. */
export const filesMessages = {
  region: 'Files of the sandbox',
  tree: 'Files',
  preview: 'Preview',
  divider: 'Width of the file tree',
  workingFolder: 'Working folder',

  needsSession: 'Connect to see the files of the sandbox.',
  connect: 'Connect',
  connecting: 'Connecting. The files appear here.',
  ended: 'This session has ended. What you see is how it was; it cannot be opened or changed any more.',
  endedEmpty: 'This session has ended, and its files with it. Connect to start a new one.',
  endedUnsaved:
    'The session has ended, so this text cannot be saved any more. It stays here until SpecBoard ends.',

  path: 'Path',
  pathEdit: 'Go to a path…',
  pathGo: 'Go',
  crumbs: 'Folder that is shown',
  up: 'Folder above',
  copyPath: 'Copy path',
  copied: 'Copied',
  refresh: 'Refresh',
  add: 'New file or folder',
  newFile: 'New file…',
  newFolder: 'New folder…',
  upload: 'Upload',
  uploadFiles: 'Files…',
  uploadFolder: 'A folder…',
  showHidden: 'Show hidden files',
  hideHidden: 'Hide hidden files',
  sorts,
  sortBy: (key: keyof typeof sorts, state: 'off' | 'up' | 'down') => {
    if (state === 'off') return `Sort by ${sorts[key].toLowerCase()}`;
    return `Sorted by ${sorts[key].toLowerCase()}, ${state === 'up' ? 'ascending' : 'descending'}; turn around`;
  },

  open: 'Open',
  openFolder: 'Show this folder',
  download: 'Download…',
  rename: 'Rename…',
  remove: 'Remove…',
  actions: (name: string) => `Actions for ${name}`,
  actionsForSelected: (count: number) => `Actions for ${count} selected files`,
  toggle: (name: string) => `Open or close ${name}`,
  nameOf: (name: string) => `New name of ${name}`,

  loading: 'Reading the folder…',
  empty: 'Nothing here.',
  emptyHidden: (count: number) => (count === 1 ? 'Only one hidden file.' : `Only ${count} hidden files.`),
  emptyRoot: 'Drop files here or',
  emptyRootUpload: 'Upload…',
  more: (count: string) => `${count} more are not shown. Use a terminal to see all of them.`,
  retry: 'Try again',
  failed: (why: string) => `Could not be read: ${why}`,
  taken: 'Something in this folder has that name already.',
  nothingChanged: 'Nothing was changed.',
  dropHere: (folder: string) => `Drop to upload to ${folder}`,

  kinds: {
    file: 'File',
    directory: 'Folder',
    link: 'Link',
    other: 'Special file',
  },
  linkTo: (target: string) => `Link to ${target}`,
  brokenLink: (target: string) => `Broken link: there is no ${target}`,

  pickFile: 'Select a file to see what is in it.',
  previewLoading: 'Reading the file…',
  selectedCount: (count: number) => (count === 1 ? '1 selected' : `${count} selected`),
  back: 'Files',
  binary: 'This is not text, so there is no preview.',
  other: 'This is a device, a pipe or a socket. It cannot be shown.',
  isFolder: 'This link leads to a folder.',
  tooLargeImage: 'This picture is too large to be shown here.',
  truncated: (shown: string, all: string) =>
    `Only the first ${shown} of ${all} are shown. Download it to see all of it.`,
  invalidText: 'Some of it is no UTF-8 text. It is shown as well as possible, and cannot be edited here.',
  otherEncoding: (name: string) => `This text is ${name}. Only UTF-8 can be edited here.`,
  modified: (when: string) => `Changed ${when}`,
  edit: 'Edit',
  save: 'Save',
  saveTitle: (keys: string) => `Save (${keys})`,
  saving: 'Saving…',
  saved: (when: string) => `Saved ${when}`,
  unsaved: 'Not saved',
  unsavedMark: 'has unsaved changes',
  done: 'Done',
  discard: 'Discard changes…',
  reload: 'Read again',
  copyText: 'Copy text',
  editor: (name: string) => `Text of ${name}`,
  picture: (name: string) => `Picture ${name}`,
  zoomFit: 'Fit',
  zoomFull: '100 %',
  zoom: 'Size of the picture',
  view: 'Shown as',
  viewText: 'Text',
  viewPicture: 'Picture',

  conflictTitle: (name: string) => `“${name}” was changed meanwhile`,
  conflictGoneTitle: (name: string) => `“${name}” was removed meanwhile`,
  conflictBody: 'Somebody changed the file in the sandbox after you opened it. Nothing has been overwritten.',
  conflictGoneBody: 'The file is not in the sandbox any more. Your text is still here.',
  conflictTheirs: (when: string, size: string) => `In the sandbox: changed ${when}, ${size}`,
  conflictMine: (when: string, size: string) => `Opened by you: as of ${when}, ${size}`,
  keepBoth: 'Keep both',
  keepBothHelp: 'Theirs stays beside yours, as a copy.',
  keepBothExplained: '“Keep both” saves your text and leaves theirs beside it, as a copy with another name.',
  overwrite: 'Overwrite',
  saveAgain: 'Save it again',
  takeTheirs: 'Discard mine',
  goOn: 'Go on editing',

  discardTitle: (name: string) => `Discard changes to “${name}”?`,
  discardBody: 'What you typed and did not save is lost.',
  discardConfirm: 'Discard changes',

  removeTitle: (name: string) => `Remove “${name}”?`,
  removeManyTitle: (count: number) => `Remove ${count} files and folders?`,
  removeFileBody: 'It is removed from the sandbox. This cannot be undone.',
  removeFolderBody: 'It is removed from the sandbox with everything in it. This cannot be undone.',
  removeManyBody:
    'They are removed from the sandbox, folders with everything in them. This cannot be undone.',
  removeUnsaved: 'Changes that you have not saved are lost, too.',
  removeConfirm: 'Remove',
  removing: 'Removing…',

  createFileTitle: 'New file',
  createFolderTitle: 'New folder',
  createIn: (folder: string) => `In ${folder}`,
  name: 'Name',
  create: 'Create',
  nameProblems: {
    empty: 'Enter a name.',
    slash: 'A name cannot contain “/”.',
    dots: '“.” and “..” cannot be names.',
    long: 'This name is too long.',
  },

  clashTitle: (name: string) => `“${name}” is there already`,
  clashBody: (folder: string) => `You are uploading to “${folder}”.`,
  clashFolderNote: 'A folder that is replaced keeps what is only in it.',
  clashForAll: (count: number) =>
    count === 1 ? 'Do the same for the other one' : `Do the same for the other ${count}`,
  clashReplace: 'Replace',
  clashSkip: 'Skip',
  clashOtherKind: 'One is a folder and the other is a file, so it cannot be replaced.',

  transfers: 'Transfers',
  transfersRunning: (count: number) =>
    count === 1 ? '1 transfer under way' : `${count} transfers under way`,
  clearTransfers: 'Clear ended',
  uploading: (name: string) => `Uploading ${name}`,
  downloading: (name: string) => `Downloading ${name}`,
  andMore: (name: string, more: number) => (more === 1 ? `${name} and 1 more` : `${name} and ${more} more`),
  plusMore: (more: number) => (more === 1 ? 'and 1 more' : `and ${more} more`),
  transferWaiting: 'Waiting',
  transferAsking: 'Waiting for the system’s dialog',
  transferRunning: (bytes: string, total: string | null, speed: string | null) => {
    const amount = total === null ? bytes : `${bytes} of ${total}`;
    return speed === null ? amount : `${amount}, ${speed}/s`;
  },
  transferDone: (size: string, place: string, skipped: number) => {
    const done = `${size}, saved as ${place}`;
    if (skipped === 0) return done;
    return skipped === 1 ? `${done}; one was skipped` : `${done}; ${skipped} were skipped`;
  },
  transferLeftOut: (count: number) =>
    count === 1 ? 'One entry was left out' : `${count} entries were left out`,
  transferCancelled: 'Cancelled. Nothing half-written was left.',
  cancelTransfer: (name: string) => `Cancel ${name}`,
  retryTransfer: (name: string) => `Try ${name} again`,
  dismissTransfer: (name: string) => `Take ${name} out of the list`,
  announceDone: (name: string) => `${name} is done.`,
  announceFailed: (name: string, why: string) => `${name} failed: ${why}`,
  unreadable:
    'The file could not be read on this computer: it was changed or removed, or it may not be read.',
  unreadableKept: 'The sandbox does not have it.',
  cancel: 'Cancel',
  close: 'Close',
} as const;
