/** Puts the renderer together: stores, actions, and what happens when the status changes. The only place that does so. */
import { toProblem } from '../../src-shared/contract/errors.ts';
import { type Execution, isFinal } from '../../src-shared/domain/execution.ts';
import { isEnded, type Session } from '../../src-shared/domain/session.ts';
import type { Status } from '../../src-shared/domain/status.ts';
import type { Bridge } from '../bridge/client.ts';
import { formatBytes, formatDuration } from '../messages/format.ts';
import { questionMessages } from '../messages/questions.ts';
import { runMessages, samples } from '../messages/run.ts';
import { sessionNoticeMessages as notices } from '../messages/session-notices.ts';
import { syncTabMessages as sync } from '../messages/sync-tab.ts';
import { Activity } from '../stores/activity-store.ts';
import { Announcer } from '../stores/announcer.ts';
import { Drafts } from '../stores/drafts.ts';
import { Elsewhere } from '../stores/elsewhere-store.ts';
import { LayoutMemory } from '../stores/layout-memory.ts';
import { MetricsFeeds } from '../stores/metrics-feeds.ts';
import { plainText } from '../stores/output/ansi.ts';
import { OutputRegistry } from '../stores/output/output-registry.ts';
import { createRunsStore, endRun, mergeExecutions, type Run } from '../stores/runs-store.ts';
import { acceptStatus, createStatusStore } from '../stores/status-store.ts';
import { Survivors } from '../stores/survivors.ts';
import { createUiStore } from '../stores/ui-store.ts';
import { tellShowing } from './action-list/tell-showing.ts';
import { Actions } from './actions.ts';
import type { App } from './app-context.tsx';
import { obey } from './commands.ts';
import { followNetwork } from './follow-network.ts';
import { guardUnsaved } from './guard-unsaved.ts';
import { rememberLayout } from './remember-layout.ts';

/** Builds the app and connects it to the bridge. `dispose` ends every subscription. */
export function createApp(bridge: Bridge): { app: App; dispose: () => void } {
  const status = createStatusStore();
  const ui = createUiStore();
  const runs = createRunsStore();
  const outputs = new OutputRegistry(bridge);
  const drafts = new Drafts({ language: 'python', code: samples }, draftStorage());
  const announcer = new Announcer();
  const now = () => Date.now();
  const activity = new Activity(bridge, now);
  const actions = new Actions({ bridge, status, ui, runs, outputs, drafts, activity, now });
  const layout = new LayoutMemory(
    () => status.getState().status?.settings.layout ?? {},
    (next) => void bridge.call('settings.update', { layout: next }).catch(() => {}),
  );
  const elsewhere = new Elsewhere(bridge, now);
  const metrics = new MetricsFeeds(bridge);
  const survivors = new Survivors(bridge);
  const stores = {
    survivors,
    status,
    ui,
    runs,
    outputs,
    drafts,
    announcer,
    layout,
    elsewhere,
    metrics,
    activity,
  };
  const app: App = { bridge, actions, ...stores };

  const onStatus = (next: Status) => {
    const before = status.getState().status;
    if (!acceptStatus(status, next)) return;
    mergeExecutions(runs, next.executions);
    followLive(app, next.executions);
    recoverVanished(app, next);
    followSelection(app, before, next);
    announceChanges(app, before, next);
    survivors.take(next);
    metrics.keepOnly(new Set(next.sessions.map(({ id }) => id)));
  };

  const ends = [
    bridge.onStatus(onStatus),
    bridge.onCommand((event) => obey(app, event)),
    announceRuns(app),
    tellShowing(app),
    rememberLayout(app),
    followNetwork(app),
    keepDrafts(app),
    guardUnsaved(app),
  ];
  void bridge.call('drivers.list', {}).then(
    (drivers) => status.setState({ drivers }),
    (error) => actions.showProblem(toProblem(error)),
  );
  return {
    app,
    dispose() {
      for (const end of ends) end();
      outputs.dispose();
      announcer.dispose();
    },
  };
}

/** Attaches to every live execution that nobody brings the output of: after a reload, or started elsewhere. */
function followLive({ outputs, actions, runs }: App, executions: readonly Execution[]): void {
  for (const execution of executions) {
    const { id } = execution;
    if (isFinal(execution.state) || outputs.isFollowed(id) || outputs.problemOf(id)) continue;
    if (actions.hasPending(execution.sessionId)) continue;
    void outputs.follow(execution).then((result) => {
      const key = Object.values(runs.getState().runs).find((run) => run.executionId === id)?.key;
      if (result && key !== undefined) endRun(runs, key, result, Date.now());
    });
  }
}

/** Asks for executions that ended while a snapshot was missed: the status names only the latest ended one of a session. */
function recoverVanished({ runs, outputs, bridge }: App, { executions }: Status): void {
  const named = new Set(executions.map(({ id }) => id));
  for (const { executionId, state } of Object.values(runs.getState().runs)) {
    if (executionId === null || isFinal(state) || named.has(executionId)) continue;
    if (outputs.isFollowed(executionId)) continue;
    void bridge.call('executions.get', { executionId }).then(
      (execution) => mergeExecutions(runs, [execution]),
      () => {},
    );
  }
}

/** Keeps the selection on something that exists, and moves it to a session that was just asked for. */
function followSelection({ ui }: App, before: Status | null, next: Status): void {
  const { selection, connecting } = ui.getState();
  if (!before && selection === null) {
    const live = next.sessions.find((session) => !isEnded(session));
    if (live) ui.setState({ selection: { type: 'session', id: live.id } });
    return;
  }
  const known = new Set(before?.sessions.map(({ id }) => id));
  const asked = next.sessions.find(({ id, profileId }) => connecting[profileId] && !known.has(id));
  if (asked) {
    const current = before?.sessions.find(({ id }) => selection?.type === 'session' && id === selection.id);
    const shown = selection?.type === 'profile' ? selection.id : current?.profileId;
    if (shown === undefined || shown === asked.profileId) {
      ui.setState({ selection: { type: 'session', id: asked.id } });
    }
    return;
  }
  if (selection?.type === 'session' && !next.sessions.some(({ id }) => id === selection.id)) {
    const gone = before?.sessions.find(({ id }) => id === selection.id);
    ui.setState({ selection: gone ? { type: 'profile', id: gone.profileId } : null });
  }
}

function announceChanges({ announcer }: App, before: Status | null, next: Status): void {
  announcer.enabled = next.settings.announce !== 'off';
  const known = new Set(before?.questions.map(({ id }) => id));
  if (next.questions.some(({ id }) => !known.has(id))) announcer.interrupt(questionMessages.announce);
  if (before) announceSyncs(announcer, before, next);
  if (!before || before.sessions === next.sessions) return;
  for (const session of next.sessions) {
    const old = before.sessions.find(({ id }) => id === session.id);
    announceLink(announcer, old, session);
    if (old?.status === session.status) continue;
    if (session.status === 'active') {
      announcer.say(session.id, runMessages.announceConnected(session.profileName));
    } else if (session.status === 'error') {
      announcer.interrupt(runMessages.announceLost(session.profileName, session.reason.text));
    }
  }
}

/** What needs the person interrupts; a sync that was asked for says that it is done; progress, and what is watched, says nothing. */
function announceSyncs(announcer: Announcer, before: Status, next: Status): void {
  for (const root of next.syncs) {
    const old = before.syncs.find(({ id }) => id === root.id);
    if (!old) continue;
    const { profileName, state, halt, problem, conflicts } = root;
    if (conflicts > old.conflicts) announcer.interrupt(sync.announceConflict(profileName, conflicts));
    if (state === old.state) continue;
    if (state === 'waiting' && halt && halt.reason !== 'first-sync') {
      announcer.interrupt(sync.announceAsks(profileName, halt.message));
    } else if (state === 'failed') {
      announcer.say(root.id, sync.announceFailed(profileName, problem?.message ?? ''));
    } else if (state === 'idle' && old.state === 'syncing' && !root.watching && conflicts <= old.conflicts) {
      announcer.say(root.id, sync.announceDone(profileName));
    }
  }
}

/** A link that breaks is worth an interruption; one that is only looked at is not. */
function announceLink(
  announcer: Announcer,
  old: Session | undefined,
  { id, link, profileName }: Session,
): void {
  const attempts = old?.link.attempt ?? 0;
  if (link.attempt > 0 && attempts === 0) announcer.interrupt(notices.announceLinkLost(profileName));
  if (link.attempt === 0 && attempts > 0 && link.state === 'live')
    announcer.say(id, notices.announceLinkBack(profileName));
}

/** Says starts, ends, and now and then how much output there is. */
function announceRuns({ runs, announcer, outputs, status }: App): () => void {
  const said = new Map<string, number>();
  const sayOutput = (run: Run) => {
    if (run.executionId === null || run.number === null) return;
    const output = outputs.get(run.executionId);
    if (output.totalBytes === (said.get(run.key) ?? 0)) return;
    said.set(run.key, output.totalBytes);
    const all = status.getState().status?.settings.announce === 'everything';
    const summary = runMessages.announceLines(run.number, formatBytes(output.totalBytes));
    // Twenty lines are what xterm's reader mode reads of a burst, too.
    announcer.say(run.key, all ? plainText(output.lastLines(20).join('\n')) : summary);
  };
  const timer = setInterval(() => {
    for (const run of Object.values(runs.getState().runs)) if (!isFinal(run.state)) sayOutput(run);
  }, 15_000);
  const unsubscribe = runs.subscribe((state, previous) => {
    for (const [key, run] of Object.entries(state.runs)) {
      const old: Run | undefined = previous.runs[key];
      if (old === run || run.number === null) continue;
      if (!isFinal(run.state) && (!old || old.number === null)) {
        announcer.say(key, runMessages.announceStarted(run.number));
      } else if (old && isFinal(run.state) && !isFinal(old.state)) {
        const time = formatDuration((run.endedAt ?? run.startedAt) - run.startedAt);
        announcer.say(key, runMessages.announceEnded(run.number, runMessages.states[run.state], time));
      }
    }
  });
  return () => {
    clearInterval(timer);
    unsubscribe();
  };
}

/** Drafts stay on this computer, in the window's own storage; null where that is turned off. */
function draftStorage(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

/** What was typed in the last moment before the window goes is written down, too. */
function keepDrafts({ drafts }: App): () => void {
  const onHide = () => drafts.flush();
  window.addEventListener('pagehide', onHide);
  return () => window.removeEventListener('pagehide', onHide);
}
