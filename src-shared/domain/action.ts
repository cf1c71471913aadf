/**
 * What a person can ask for, by name, and when it can be done. One table for the window's buttons, keys and palette and for
 * the native menu, so that all of them offer the same thing at the same moment. Pure; words for it are in the renderer.
 */
import type { Capabilities, DriverManifest } from './driver-manifest.ts';
import { type Execution, isFinal } from './execution.ts';
import type { Profile } from './profile.ts';
import { isEnded, mayStillRun, type Session } from './session.ts';
import type { Status } from './status.ts';
import type { SyncRoot } from './sync.ts';

/** Numbers of the profiles that have a key. */
const nine = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const;
const useProfile = nine.map((n) => `use-profile-${n}` as const);

/** Every action, grouped as the palette and the list of keys show them. */
export const actionGroups = {
  run: [
    'run',
    'run-all',
    'run-block',
    'rerun-last',
    'cancel',
    'force-stop',
    'save-output',
    'find',
    'clear-view',
    'focus-editor',
    'open-file',
  ],
  session: [
    'new-session',
    'connect',
    'disconnect',
    'disconnect-end',
    'disconnect-leave',
    'pause',
    'extend',
    'reconnect-now',
    'restart-kernel',
    'reattach',
    'end-sandbox',
    'dismiss-session',
    'export-notebook',
    'export-markdown',
    'export-text',
    'pause-all',
  ],
  terminal: ['new-terminal', 'close-terminal'],
  files: ['upload-files', 'upload-folder', 'new-folder'],
  sync: [
    'sync-now',
    'sync-watch',
    'sync-unwatch',
    'sync-stop',
    'next-conflict',
    'sync-pair',
    'sync-exclusions',
  ],
  profile: [
    'new-profile',
    'edit-profile',
    'duplicate-profile',
    'make-default',
    'delete-profile',
    ...useProfile,
  ],
  view: [
    'palette',
    'switch',
    'show-run',
    'show-terminal',
    'show-files',
    'show-sync',
    'show-activity',
    'show-metrics',
    'search-activity',
    'accessible-view',
    'toggle-sidebar',
    'toggle-inspector',
    'next-region',
    'previous-region',
    'theme-system',
    'theme-light',
    'theme-dark',
    'density-compact',
    'density-default',
    'density-comfortable',
  ],
  app: [
    'export-profiles',
    'import-profiles',
    'unlock-keyring',
    'settings',
    'show-shortcuts',
    'accessibility-help',
    'copy-diagnostics',
    'open-logs',
  ],
} as const;

/** Name of a group. */
export type ActionGroup = keyof typeof actionGroups;
/** Name of an action. */
export type ActionId = (typeof actionGroups)[ActionGroup][number];

/** All actions. */
export const actionIds: readonly ActionId[] = Object.values(actionGroups).flat();

/** Why an action cannot be done now. `absent`: it makes no sense here at all, and no surface shows it. */
export const refusals = [
  'absent',
  'no-profile',
  'no-session',
  'not-connected',
  'connecting',
  'disconnecting',
  'connected',
  'nothing-runs',
  'nothing-ran',
  'no-terminal',
  'nothing-to-find',
  'nothing-to-read',
  'no-pair',
  'syncing',
  'no-conflict',
  'default-already',
] as const;
/** One of `refusals`. */
export type Refusal = (typeof refusals)[number];

/** What the window shows; what main knows of it. */
export interface Showing {
  profileId: string | null;
  sessionId: string | null;
  tab: string;
}

/** What decides about actions. */
export interface ActionFacts {
  profiles: readonly Profile[];
  sessions: readonly Session[];
  profile: Profile | null;
  session: Session | null;
  tab: string;
  /** Terminals of the shown session, also ended ones. */
  terminals: number;
  /** Of the driver of what is shown. */
  capabilities: Capabilities | null;
  /** What of the shown session has not ended. */
  running: readonly Execution[];
  /** The latest execution of the shown session that the status knows. */
  last: Execution | null;
  /** A key is there that the keyring does not give. */
  isLocked: boolean;
  /** Drivers that can pause. */
  pausing: ReadonlySet<string>;
  /** Pairs of folders of the shown profile. */
  syncs: readonly SyncRoot[];
  /** Pairs with conflicts, those of the shown profile first. */
  conflicted: readonly SyncRoot[];
}

/** The facts about what the window shows. */
export function actionFacts(
  status: Status,
  drivers: readonly DriverManifest[],
  showing: Showing | null,
): ActionFacts {
  const session = status.sessions.find(({ id }) => id === showing?.sessionId) ?? null;
  const wanted = session?.profileId ?? showing?.profileId;
  const profile =
    status.profiles.find(({ id }) => id === wanted) ??
    (session ? null : (status.profiles.find(({ isDefault }) => isDefault) ?? null));
  const type = session?.driverType ?? profile?.driverType;
  const wantedProfile = session?.profileId ?? profile?.id;
  const own = status.executions.filter(({ sessionId }) => sessionId === session?.id);
  const isShown = ({ profileId }: SyncRoot) => profileId !== null && profileId === wantedProfile;
  return {
    profiles: status.profiles,
    sessions: status.sessions,
    profile,
    session,
    tab: showing?.tab ?? '',
    terminals: status.terminals.filter(({ sessionId }) => sessionId === session?.id).length,
    capabilities: drivers.find((driver) => driver.type === type)?.capabilities ?? null,
    running: own.filter(({ state }) => !isFinal(state)),
    last: own.reduce<Execution | null>((a, b) => (a && a.number > b.number ? a : b), null),
    isLocked: status.profiles.some(({ credentials }) => credentials.some(({ state }) => state === 'locked')),
    pausing: new Set(drivers.flatMap((driver) => (canPause(driver.capabilities) ? [driver.type] : []))),
    syncs: status.syncs.filter(isShown),
    conflicted: status.syncs
      .filter(({ conflicts }) => conflicts > 0)
      .sort((a, b) => Number(isShown(b)) - Number(isShown(a))),
  };
}

/** True where a driver can put a sandbox to sleep and leave it. */
function canPause({ pause, keep }: Capabilities): boolean {
  return pause && keep.includes('pause');
}

/** Why `id` cannot be done, or null where it can. */
export function whyNot(id: ActionId, facts: ActionFacts): Refusal | null {
  const number = /^use-profile-(\d)$/.exec(id)?.[1];
  if (number !== undefined) return facts.profiles[Number(number) - 1] ? null : 'absent';
  return rules[id as keyof typeof rules]?.(facts) ?? null;
}

type Rule = (facts: ActionFacts) => Refusal | null;

const always: Rule = () => null;
const needsProfile: Rule = ({ profile }) => (profile ? null : 'no-profile');

const needsSession: Rule = ({ session }) => (session ? null : 'no-session');

/** A live session that is neither on its way up nor down. */
const needsActive: Rule = ({ session }) => {
  if (!session || isEnded(session)) return 'not-connected';
  if (session.status === 'connecting') return 'connecting';
  return session.disconnecting ? 'disconnecting' : null;
};

/** Running connects first where nothing is connected; a session on its way is waited for. */
const canRun: Rule = (facts) => {
  const { session } = facts;
  if (session && !isEnded(session)) return needsActive(facts);
  return needsProfile(facts);
};

const canDisconnect: Rule = ({ session }) => {
  if (!session || isEnded(session)) return 'not-connected';
  return session.disconnecting ? 'disconnecting' : null;
};

/** Choosing how to leave needs a choice, and a sandbox of our own. */
const canKeep =
  (mode: 'end' | 'leave'): Rule =>
  (facts) => {
    const { session, capabilities } = facts;
    if (!capabilities || capabilities.keep.length < 2 || !capabilities.keep.includes(mode)) return 'absent';
    return session?.metadata.foreign === true ? 'absent' : needsActive(facts);
  };

const leftover: Rule = ({ session }) => (session && mayStillRun(session) ? null : 'absent');

const hasTab =
  (capability: 'terminal' | 'files' | 'metrics'): Rule =>
  ({ capabilities }) =>
    capabilities?.[capability] ? null : 'absent';

/** A terminal that the person sees. */
const onTerminal: Rule = ({ capabilities, tab, terminals }) => {
  if (!capabilities?.terminal) return 'absent';
  return tab === 'terminal' && terminals > 0 ? null : 'no-terminal';
};

const canUpload: Rule = (facts) => (facts.capabilities?.files ? needsActive(facts) : 'absent');

/** Files and commands are all that a sync needs. */
const canSync: Rule = ({ capabilities }) => (capabilities?.files && capabilities.shell ? null : 'absent');

const hasPair: Rule = (facts) => canSync(facts) ?? (facts.syncs.length > 0 ? null : 'no-pair');

/** What is shown has a search of its own. */
const canFind: Rule = (facts) => {
  if (facts.tab === 'activity') return null;
  if (facts.tab === 'terminal') return onTerminal(facts) === null ? null : 'nothing-to-find';
  return facts.tab === 'run' && facts.last ? null : 'nothing-to-find';
};

const rules: Readonly<Record<Exclude<ActionId, (typeof useProfile)[number]>, Rule>> = {
  run: canRun,
  'run-all': canRun,
  'run-block': canRun,
  'rerun-last': (facts) => (facts.last ? canRun(facts) : 'nothing-ran'),
  cancel: ({ running, session }) =>
    running.length > 0 || session?.status === 'connecting' ? null : 'nothing-runs',
  'force-stop': ({ running }) => (running.length > 0 ? null : 'nothing-runs'),
  'save-output': ({ last }) => (last ? null : 'nothing-ran'),
  find: canFind,
  'clear-view': ({ session }) => (session ? null : 'no-session'),
  'focus-editor': needsProfile,
  'open-file': needsProfile,

  'new-session': needsProfile,
  connect: ({ profile, session }) => {
    if (!profile) return 'no-profile';
    if (!session || isEnded(session)) return null;
    return session.status === 'connecting' ? 'connecting' : 'connected';
  },
  disconnect: canDisconnect,
  'disconnect-end': canKeep('end'),
  'disconnect-leave': canKeep('leave'),
  pause: (facts) => {
    if (!facts.capabilities || !canPause(facts.capabilities)) return 'absent';
    return facts.session?.metadata.foreign === true ? 'absent' : needsActive(facts);
  },
  extend: (facts) => {
    if (!facts.capabilities?.extend) return 'absent';
    return needsActive(facts) ?? (facts.session?.endsAt === null ? 'absent' : null);
  },
  'reconnect-now': ({ session }) =>
    session?.status === 'active' && session.link.state === 'retrying' ? null : 'absent',
  'restart-kernel': (facts) => (facts.capabilities?.python ? needsActive(facts) : 'absent'),
  reattach: (facts) => {
    if (!facts.capabilities?.keep.some((mode) => mode !== 'end')) return 'absent';
    return leftover(facts);
  },
  'end-sandbox': leftover,
  'dismiss-session': ({ session }) => (session && isEnded(session) ? null : 'absent'),
  'export-notebook': needsSession,
  'export-markdown': needsSession,
  'export-text': needsSession,
  'pause-all': (facts) => (pausable(facts).length > 0 ? null : 'absent'),

  'new-terminal': (facts) => (facts.capabilities?.terminal ? needsActive(facts) : 'absent'),
  'close-terminal': onTerminal,
  'upload-files': canUpload,
  'upload-folder': canUpload,
  'new-folder': canUpload,

  'sync-now': (facts) =>
    hasPair(facts) ?? needsActive(facts) ?? (facts.syncs.every(isSyncing) ? 'syncing' : null),
  'sync-watch': (facts) => {
    if (facts.syncs.length > 0 && facts.syncs.every(({ watching }) => watching)) return 'absent';
    return hasPair(facts) ?? needsActive(facts);
  },
  'sync-unwatch': ({ syncs }) => (syncs.some(({ watching }) => watching) ? null : 'absent'),
  'sync-stop': ({ syncs }) => (syncs.some(isSyncing) ? null : 'absent'),
  'next-conflict': (facts) => {
    if (facts.conflicted.length > 0) return null;
    return canSync(facts) ?? 'no-conflict';
  },
  'sync-pair': (facts) => canSync(facts) ?? needsActive(facts),
  'sync-exclusions': hasPair,

  'new-profile': always,
  'edit-profile': needsProfile,
  'duplicate-profile': needsProfile,
  'make-default': ({ profile }) => (!profile ? 'no-profile' : profile.isDefault ? 'default-already' : null),
  'delete-profile': needsProfile,

  palette: always,
  switch: always,
  'show-run': always,
  'show-terminal': hasTab('terminal'),
  'show-files': hasTab('files'),
  'show-sync': canSync,
  'show-activity': always,
  'show-metrics': hasTab('metrics'),
  'search-activity': always,
  'accessible-view': (facts) => {
    if (facts.tab === 'terminal') return onTerminal(facts) === null ? null : 'nothing-to-read';
    return facts.last ? null : 'nothing-to-read';
  },
  'toggle-sidebar': always,
  'toggle-inspector': ({ session }) => (session ? null : 'no-session'),
  'next-region': always,
  'previous-region': always,
  'theme-system': always,
  'theme-light': always,
  'theme-dark': always,
  'density-compact': always,
  'density-default': always,
  'density-comfortable': always,

  'export-profiles': ({ profiles }) => (profiles.length > 0 ? null : 'no-profile'),
  'import-profiles': always,
  'unlock-keyring': ({ isLocked }) => (isLocked ? null : 'absent'),
  settings: always,
  'show-shortcuts': always,
  'accessibility-help': always,
  'copy-diagnostics': always,
  'open-logs': always,
};

/** True while a cycle runs. */
function isSyncing({ state }: SyncRoot): boolean {
  return state === 'syncing' || state === 'stopping';
}

/** Sessions that "Pause all" would pause: connected, of a driver that can, and started by SpecBoard. */
export function pausable({ sessions, pausing }: Pick<ActionFacts, 'sessions' | 'pausing'>): Session[] {
  return sessions.filter(
    (session) =>
      session.status === 'active' &&
      !session.disconnecting &&
      session.metadata.foreign !== true &&
      pausing.has(session.driverType),
  );
}
