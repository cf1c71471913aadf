/** What each action does. Whether it can be done was decided before (perform.ts). */
import type { ExportFormat } from '../../../src-shared/contract/history-operations.ts';
import { type ActionFacts, type ActionId, pausable } from '../../../src-shared/domain/action.ts';
import { isFinal } from '../../../src-shared/domain/execution.ts';
import type { Settings } from '../../../src-shared/domain/settings.ts';
import { actionMessages as words } from '../../messages/actions.ts';
import { runMessages } from '../../messages/run.ts';
import { terminalCommandsOf } from '../../stores/terminal-commands.ts';
import type { MainTab } from '../../stores/ui-store.ts';
import type { App } from '../app-context.tsx';
import { focusEditor, moveRegion } from '../regions.ts';
import { whenThere } from './when-there.ts';

type Run = (app: App, facts: ActionFacts) => void;

/** A page may ask for files only shortly after a person did something. */
const uploadWaitMs = 4000;
/** As long as somebody waits for a cursor. */
const editorWaitMs = 2000;
/** Minutes that "Extend" adds. */
const extendMinutes = 30;

const show =
  (tab: MainTab): Run =>
  ({ actions }) =>
    actions.showTab(tab);

const set =
  (patch: Partial<Settings>): Run =>
  ({ actions }) =>
    void actions.attempt('settings.update', patch);

const profileNumber =
  (number: number): Run =>
  ({ actions }, { profiles }) => {
    const profileId = profiles[number - 1]?.id;
    if (profileId !== undefined) void actions.attempt('profiles.setDefault', { profileId });
  };

/** Starts or ends watching of every pair that is shown. */
const watch =
  (on: boolean): Run =>
  ({ actions }, { syncs }) => {
    for (const { id, watching } of syncs)
      if (watching !== on) void actions.attempt('sync.watch', { rootId: id, on });
  };

/** For the shown session. */
const onSession =
  (run: (app: App, sessionId: string) => void): Run =>
  (app, { session }) => {
    if (session) run(app, session.id);
  };

/** For the shown profile. */
const onProfile =
  (run: (app: App, profileId: string) => void): Run =>
  (app, { profile }) => {
    if (profile) run(app, profile.id);
  };

/** Saves the session's runs where the person says. */
const exported = (format: ExportFormat): Run =>
  onSession((app, sessionId) => {
    const what = { sessionId };
    void saved(app, app.actions.attempt('history.export', { what, format }));
  });

/** By name. */
export const actionRuns: Readonly<Record<ActionId, Run>> = {
  run: ({ actions }) => void actions.runDraft(),
  'run-all': ({ actions }) => void actions.runDraft('all'),
  'run-block': ({ actions }) => void actions.runDraft('block'),
  'save-output': (app, { last }) => {
    if (last) void saved(app, app.actions.attempt('executions.saveOutput', { executionId: last.id }));
  },
  find,
  'rerun-last': ({ actions }, { last }) => {
    if (last) void actions.runCode(last.language, last.code);
  },
  cancel: ({ actions }) => void actions.cancelCurrent(),
  'force-stop': onSession(({ actions, runs }, sessionId) => {
    const state = runs.getState();
    const keys = state.bySession[sessionId] ?? [];
    const key = keys.findLast((candidate) => !isFinal(state.runs[candidate]?.state ?? 'lost'));
    if (key !== undefined) void actions.cancel(key, true);
  }),
  'clear-view': ({ actions }) => actions.clearView(),
  'focus-editor': ({ actions }) => {
    actions.showTab('run');
    whenThere('[data-editor] .cm-content', editorWaitMs, focusEditor);
  },
  'open-file': ({ actions }) => {
    actions.showTab('run');
    whenThere('[data-open-draft]', uploadWaitMs, (input) => input.click());
  },

  'new-session': onProfile(({ actions }, profileId) => void actions.connect(profileId)),
  connect: onProfile(({ actions }, profileId) => void actions.connect(profileId)),
  disconnect: onSession(({ actions }, id) => void actions.disconnect(id)),
  'disconnect-end': onSession(({ actions }, id) => void actions.disconnect(id, 'end')),
  'disconnect-leave': onSession(({ actions }, id) => void actions.disconnect(id, 'leave')),
  pause: onSession(({ actions }, id) => void actions.disconnect(id, 'pause')),
  extend: onSession(
    ({ actions }, sessionId) =>
      void actions.attempt('sessions.extend', { sessionId, minutes: extendMinutes }),
  ),
  'reconnect-now': onSession(
    ({ actions }, sessionId) => void actions.attempt('sessions.reconnectNow', { sessionId }),
  ),
  'restart-kernel': onSession(({ actions }, sessionId) =>
    actions.openDialog({
      type: 'confirm',
      title: words.restartTitle,
      body: words.restartBody,
      confirm: words.restartConfirm,
      danger: true,
      onConfirm: () => void actions.attempt('sessions.restartKernel', { sessionId }),
    }),
  ),
  reattach: onSession(({ actions }, id) => void actions.reattach(id)),
  'end-sandbox': onSession(({ actions }, id) => actions.endSandbox(id)),
  'dismiss-session': onSession(({ actions }, sessionId) => void actions.sessions.dismiss(sessionId)),
  'export-notebook': exported('ipynb'),
  'export-markdown': exported('markdown'),
  'export-text': exported('text'),
  'pause-all': ({ actions }, facts) => {
    const sessions = pausable(facts);
    actions.openDialog({
      type: 'confirm',
      title: words.pauseAllTitle(sessions.length),
      body: words.pauseAllBody(sessions.map(({ profileName }) => profileName).join(', ')),
      confirm: words.pauseAllConfirm,
      danger: false,
      onConfirm: () => {
        for (const { id } of sessions) void actions.attempt('sessions.pause', { sessionId: id });
      },
    });
  },

  'new-terminal': onSession((app, sessionId) => {
    app.actions.showTab('terminal');
    void inTerminal(app, sessionId, 'new');
  }),
  'close-terminal': onSession((app, sessionId) => void inTerminal(app, sessionId, 'close')),
  'upload-files': (app) => upload(app, 'files'),
  'upload-folder': (app) => upload(app, 'folder'),
  'new-folder': ({ actions }) => {
    actions.showTab('files');
    whenThere('[data-new-folder]', uploadWaitMs, (button) => button.click());
  },

  'sync-now': ({ actions }, { syncs }) => {
    for (const root of syncs) void actions.syncNow(root);
  },
  'sync-watch': watch(true),
  'sync-unwatch': watch(false),
  'sync-stop': ({ actions }, { syncs }) => {
    for (const { id, state } of syncs)
      if (state === 'syncing') void actions.attempt('sync.stop', { rootId: id });
  },
  'next-conflict': ({ actions }, { conflicted: [root] }) => {
    if (root) actions.openDialog({ type: 'sync-conflicts', rootId: root.id });
  },
  'sync-pair': onSession(({ actions }, sessionId) => {
    actions.showTab('sync');
    actions.openDialog({ type: 'sync-pair', sessionId });
  }),
  'sync-exclusions': ({ actions }) => actions.showSync('exclusions'),

  'new-profile': ({ actions }) => actions.openDialog({ type: 'new-profile' }),
  'edit-profile': onProfile(({ actions }, profileId) =>
    actions.openDialog({ type: 'edit-profile', profileId }),
  ),
  'duplicate-profile': onProfile(
    ({ actions }, profileId) => void actions.attempt('profiles.duplicate', { profileId }),
  ),
  'make-default': onProfile(
    ({ actions }, profileId) => void actions.attempt('profiles.setDefault', { profileId }),
  ),
  'delete-profile': onProfile(({ actions }, profileId) =>
    actions.openDialog({ type: 'delete-profile', profileId }),
  ),
  'use-profile-1': profileNumber(1),
  'use-profile-2': profileNumber(2),
  'use-profile-3': profileNumber(3),
  'use-profile-4': profileNumber(4),
  'use-profile-5': profileNumber(5),
  'use-profile-6': profileNumber(6),
  'use-profile-7': profileNumber(7),
  'use-profile-8': profileNumber(8),
  'use-profile-9': profileNumber(9),

  palette: ({ actions }) => actions.openDialog({ type: 'palette', mode: 'actions' }),
  switch: ({ actions }) => actions.openDialog({ type: 'palette', mode: 'places' }),
  'show-run': show('run'),
  'show-terminal': show('terminal'),
  'show-files': show('files'),
  'show-sync': show('sync'),
  'show-activity': show('activity'),
  'show-metrics': show('metrics'),
  'search-activity': ({ actions }) => actions.showActivity({}, { focusSearch: true }),
  'accessible-view': (app, { tab, session, last }) => {
    if (tab === 'terminal' && session) void inTerminal(app, session.id, 'plain-text');
    else if (last) app.actions.openDialog({ type: 'full-output', executionId: last.id });
  },
  'toggle-sidebar': ({ actions }) => actions.toggleSidebar(),
  'toggle-inspector': ({ ui }) => ui.setState(({ inspectorOpen }) => ({ inspectorOpen: !inspectorOpen })),
  'next-region': () => moveRegion(1),
  'previous-region': () => moveRegion(-1),
  'theme-system': set({ theme: 'system' }),
  'theme-light': set({ theme: 'light' }),
  'theme-dark': set({ theme: 'dark' }),
  'density-compact': set({ density: 'compact' }),
  'density-default': set({ density: 'default' }),
  'density-comfortable': set({ density: 'comfortable' }),

  'export-profiles': ({ actions }) =>
    actions.openDialog({ type: 'settings', section: 'data', start: 'export' }),
  'import-profiles': ({ actions }) =>
    actions.openDialog({ type: 'settings', section: 'data', start: 'import' }),
  'unlock-keyring': ({ actions }) => void actions.sessions.unlock(),
  settings: ({ actions }) => actions.openDialog({ type: 'settings' }),
  'show-shortcuts': ({ actions }) => actions.openDialog({ type: 'shortcuts' }),
  'accessibility-help': ({ actions }) => actions.openDialog({ type: 'accessibility-help' }),
  'copy-diagnostics': (app) => void copyDiagnostics(app),
  'open-logs': ({ actions }) => void actions.attempt('shell.openLogs', {}),
};

/** Says where something was saved; nothing where the person cancelled. */
async function saved(
  { announcer }: App,
  work: Promise<{ fileName: string } | null | undefined>,
): Promise<void> {
  const file = await work;
  if (file) announcer.say('action', words.saved(file.fileName));
}

/** Asks for files of this computer, once the tab is there: its code may have to be loaded first. */
function upload({ actions }: App, kind: 'files' | 'folder'): void {
  actions.showTab('files');
  whenThere(`[data-upload="${kind}"]`, uploadWaitMs, (input) => input.click());
}

/** The search of what is shown: of the terminal, of Activity, or of the run that has the focus, else the latest. */
function find(app: App, { tab, session }: ActionFacts): void {
  if (tab === 'activity') app.actions.showActivity({}, { focusSearch: true });
  else if (tab === 'terminal') {
    if (session) void inTerminal(app, session.id, 'find');
  } else {
    const blocks = [...document.querySelectorAll<HTMLElement>('[data-block]')];
    const block = blocks.find((one) => one.contains(document.activeElement)) ?? blocks.at(-1);
    block?.querySelector<HTMLElement>(`[aria-label="${CSS.escape(runMessages.find)}"]`)?.click();
  }
}

/** What the terminal's own keys do; its code is there only where a terminal was shown. */
async function inTerminal(
  app: App,
  sessionId: string,
  key: 'new' | 'close' | 'find' | 'plain-text',
): Promise<void> {
  // At once where it is loaded: what is typed next must not go to the shell meanwhile.
  const views =
    terminalCommandsOf(app) ??
    (await import('../../features/terminal/terminal-views.ts')).terminalViewsOf(app);
  const all = (app.status.getState().status?.terminals ?? []).filter(
    (terminal) => terminal.sessionId === sessionId,
  );
  const chosen = views.ui.getState().selected[sessionId];
  views.obey(key, all.find(({ id }) => id === chosen) ?? all.at(-1), sessionId);
}

async function copyDiagnostics({ actions, announcer }: App): Promise<void> {
  const text = await actions.attempt('shell.diagnostics', {});
  if (text === undefined) return;
  await navigator.clipboard.writeText(text);
  announcer.say('action', words.diagnosticsCopied);
}
