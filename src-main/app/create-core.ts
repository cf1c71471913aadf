/**
 * The composition root of the core: database, secrets, drivers and services, without any electron. Window and command line
 * are both built on it. The only place where services are constructed.
 */
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { SpecboardError, toProblem } from '../../src-shared/contract/errors.ts';
import type { ExportFormat } from '../../src-shared/contract/history-operations.ts';
import type { JsonObject } from '../../src-shared/domain/json.ts';
import { mayStillRun, type Session } from '../../src-shared/domain/session.ts';
import { type Clock, systemClock } from '../../src-shared/lib/clock.ts';
import { type Database, openDatabase } from '../db/connection.ts';
import { createDriverRegistry, type DriverRegistry } from '../drivers/registry.ts';
import { FileSink } from '../logging/file-sink.ts';
import { Logger } from '../logging/logger.ts';
import { dataPaths } from '../platform/paths.ts';
import { keyringName } from '../secrets/keyring-help.ts';
import { KeytarStore } from '../secrets/keytar-store.ts';
import { LiveSecrets } from '../secrets/live-secrets.ts';
import type { SecretStore } from '../secrets/store.ts';
import { readSettings, SettingsService } from '../services/app-settings.ts';
import { CredentialsService } from '../services/credentials.ts';
import type { DiagnosticsDependencies } from '../services/diagnostics.ts';
import { DriverManager } from '../services/driver-manager.ts';
import { ExecutionsService } from '../services/executions.ts';
import { type Export, type ExportChoice, exportRuns } from '../services/export/export-runs.ts';
import { FileDownloads } from '../services/file-downloads.ts';
import { FileEdits } from '../services/file-edits.ts';
import { FileUploads } from '../services/file-uploads.ts';
import { FilesService } from '../services/files.ts';
import { HistoryService } from '../services/history/history.ts';
import { PreflightService } from '../services/history/preflight.ts';
import { Instance } from '../services/instance.ts';
import { KeptTerminals } from '../services/kept-terminals.ts';
import { MetricsService } from '../services/metrics.ts';
import { PortsService } from '../services/ports.ts';
import { ProfileTransfer } from '../services/profile-transfer.ts';
import { ProfilesService } from '../services/profiles.ts';
import { QuestionsService } from '../services/questions.ts';
import { Reconciler } from '../services/reconciler.ts';
import { redactedRegistry } from '../services/redacted-drivers.ts';
import { SandboxesService } from '../services/sandboxes.ts';
import { type SessionDeadlines, SessionsService } from '../services/sessions.ts';
import { StatusHub } from '../services/status-hub.ts';
import { SyncService } from '../services/sync/sync.ts';
import { createSyncEngine } from '../services/sync/sync-engine.ts';
import { TerminalsService } from '../services/terminals.ts';
import { findElectron } from './find-electron.ts';

/** What differs between window, command line and tests. */
export interface CoreOptions {
  kind: 'desktop' | 'cli';
  /** Folder of everything a person owns: database, logs, sandboxes of this computer. */
  dataFolder: string;
  migrationsFolder: string;
  resourcesFolder: string;
  appVersion: string;
  env: Readonly<Record<string, string | undefined>>;
  clock?: Clock;
  secretStore?: SecretStore;
  deadlines?: Partial<SessionDeadlines>;
  /** For tests that bring drivers of their own. */
  registry?: DriverRegistry;
}

/** Everything there is, started. `dispose` ends it all, sessions included. */
export interface Core {
  readonly clock: Clock;
  readonly db: Database;
  readonly hub: StatusHub;
  readonly registry: DriverRegistry;
  readonly secretStore: SecretStore;
  readonly settings: SettingsService;
  readonly profiles: ProfilesService;
  readonly profileTransfer: ProfileTransfer;
  readonly sessions: SessionsService;
  readonly executions: ExecutionsService;
  readonly history: HistoryService;
  readonly preflight: PreflightService;
  /** Prepares an export of a session or of single executions. */
  readonly exportRuns: (choice: ExportChoice, format: ExportFormat) => Export;
  readonly questions: QuestionsService;
  readonly metrics: MetricsService;
  readonly sandboxes: SandboxesService;
  readonly terminals: TerminalsService;
  /** Those that windows show. */
  readonly keptTerminals: KeptTerminals;
  readonly files: FilesService;
  readonly fileEdits: FileEdits;
  readonly fileUploads: FileUploads;
  readonly fileDownloads: FileDownloads;
  readonly sync: SyncService;
  readonly ports: PortsService;
  readonly reconciler: Reconciler;
  readonly diagnostics: DiagnosticsDependencies;
  readonly logger: Logger;
  readonly driverManager: DriverManager;
  /** Stores a profile's credentials (the specification's name). */
  readonly storeCredentials: (
    configId: string,
    credentials: Readonly<Record<string, string>>,
  ) => Promise<void>;
  /** Connects a profile; a consent that is given is remembered in the profile, so that it is asked for once. */
  connect(profileId: string, options?: { consent?: boolean; signal?: AbortSignal }): Promise<Session>;
  /** Ends the sandbox of an ended session that may still exist. Throws `not-found`, `conflict`, or what the driver says. */
  endSandbox(sessionId: string): Promise<Session>;
  /** Asks the keyring how it is and puts that into the status. */
  refreshSecrets(): Promise<StatusHub['current']['secrets']>;
  /** True while a keyring prompt holds one of this process's threads; then it must leave through `endProcess`. */
  isKeyringBlocked(): boolean;
  dispose(): Promise<void>;
}

/** Opens the data folder and starts the services. Throws the database's problems (see db/connection.ts). */
export async function createCore(options: CoreOptions): Promise<Core> {
  const { dataFolder, env } = options;
  const clock = options.clock ?? systemClock;
  const now = () => clock.now();
  const paths = dataPaths(dataFolder);
  const db = await openDatabase({ file: paths.database, migrationsFolder: options.migrationsFolder, now });
  const liveSecrets = new LiveSecrets();
  const sink = new FileSink({ folder: paths.logs, now });
  const logger = new Logger({ sink, secrets: liveSecrets, now });
  const logOf = (scope: string) => logger.child(scope).log;

  const workFolder = join(dataFolder, 'sandboxes');
  const installationId = installationIdOf(db);
  mkdirSync(workFolder, { recursive: true });
  if (process.platform !== 'win32') chmodSync(workFolder, 0o700);
  const drivers =
    options.registry ??
    createDriverRegistry({
      installationId,
      workFolder,
      resourcesFolder: options.resourcesFolder,
      appVersion: options.appVersion,
      env,
      now,
      log: logOf('driver'),
    });
  const registry = redactedRegistry(drivers, liveSecrets);
  const secretStore = options.secretStore ?? new KeytarStore({ clock });
  const manifestOf = (type: string) => {
    const found = registry.manifests().find((manifest) => manifest.type === type);
    // A profile of a driver that this version does not have is shown, and cannot connect.
    return found ?? { ...unknownManifest, label: type };
  };

  const hub = new StatusHub(
    {
      profiles: [],
      sessions: [],
      executions: [],
      questions: [],
      terminals: [],
      syncs: [],
      settings: readSettings(db.settings),
      secrets: { state: 'available', name: keyringName(process.platform) },
    },
    now,
    (error) => logger.error('a status listener failed', { error: String(error) }),
  );
  const instance = new Instance(db.instances, clock, options.kind);
  const credentials = new CredentialsService({
    db,
    store: secretStore,
    liveSecrets,
    manifest: manifestOf,
    env,
    now,
  });
  const sessions = new SessionsService({
    db,
    registry,
    credentials,
    profile: (id) => profiles.stored(id),
    hub,
    clock,
    instanceId: instance.id,
    ...(options.deadlines ? { deadlines: options.deadlines } : {}),
    lastReading: (id) => metrics.latest(id),
    log: logOf('sessions'),
  });
  const profiles = new ProfilesService({
    db,
    registry,
    credentials,
    hub,
    now,
    endSessions: (id) => sessions.endOfProfile(id),
  });
  const questions = new QuestionsService(hub);
  const executions = new ExecutionsService({
    db,
    sessions,
    hub,
    clock,
    ask: (about, signal) => questions.ask({ kind: 'missing-packages', ...about }, signal),
    onAlwaysInstall: (profileId) => remember(profileId, 'packages', 'always'),
    log: logOf('executions'),
  });
  const reconciler = new Reconciler({ db, registry, credentials, instance, clock, log: logOf('reconciler') });
  const terminals = new TerminalsService({ sessions, clock });
  const keptTerminals = new KeptTerminals({ terminals, sessions, hub, clock });
  const metrics = new MetricsService({ sessions, clock });
  const driverManager = new DriverManager({ profiles, sessions, executions, registry });

  const files = new FilesService(sessions);
  const fileEdits = new FileEdits(files);
  const history = new HistoryService({
    db,
    executions,
    hub,
    dismiss: (id) => sessions.dismiss(id),
    clock,
    log: logOf('history'),
  });
  const preflight = new PreflightService({
    db,
    credentials,
    files,
    manifest: manifestOf,
    session: (id) => hub.current.sessions.find((session) => session.id === id),
  });

  const { resourcesFolder } = options;
  const sync = new SyncService({
    db,
    hub,
    sessions,
    clock,
    engine: createSyncEngine({ clock, dataFolder, resourcesFolder }),
    registry,
    profile: (id) => profiles.stored(id),
    instance,
    redact: (error) =>
      credentials.withoutSecrets(
        error instanceof SpecboardError ? error : SpecboardError.fromProblem(toProblem(error)),
      ).problem,
    onExecutionEnded: executions.onEnded,
    dataFolder,
    resumesWatching: options.kind === 'desktop',
    log: logOf('sync'),
  });

  /** Keeps an answer in the profile, where its driver has such a setting. */
  const remember = (profileId: string, key: string, value: string | boolean) => {
    const profile = db.profiles.get(profileId);
    if (!profile || !manifestOf(profile.driverType).fields.some((field) => field.key === key)) return;
    if (profile.settings[key] !== value)
      profiles.update(profileId, { settings: { ...profile.settings, [key]: value } });
  };

  reconciler.recover();
  sessions.showLeftovers(reconciler.leftovers());
  profiles.ensureDefault();
  // A command is over before it would have begun.
  if (options.kind === 'desktop') history.catchUp();
  let disposed: Promise<void> | undefined;

  return {
    clock,
    db,
    hub,
    registry,
    secretStore,
    settings: new SettingsService(db.settings, hub),
    profiles,
    profileTransfer: new ProfileTransfer({ profiles, registry, secrets: liveSecrets, now }),
    sessions,
    executions,
    history,
    preflight,
    exportRuns: (choice, format) => {
      const labels = new Map(registry.manifests().map(({ type, label }) => [type as string, label]));
      return exportRuns(db, choice, format, labels);
    },
    questions,
    metrics,
    sandboxes: new SandboxesService({
      db,
      registry,
      credentials,
      sessions,
      profile: (id) => profiles.stored(id),
      installationId,
      clock,
    }),
    terminals,
    keptTerminals,
    files,
    fileEdits,
    fileUploads: new FileUploads(files),
    fileDownloads: new FileDownloads(files, fileEdits),
    sync,
    ports: new PortsService({ sessions, clock }),
    reconciler,
    diagnostics: {
      registry,
      credentials,
      profiles: () => profiles.list(),
      secretStore,
      dataFolder,
      electron: findElectron,
      clock,
    },
    logger,
    driverManager,
    storeCredentials: (id, values) => driverManager.storeCredentials(id, values),
    async connect(profileId, connectOptions = {}) {
      const session = await sessions.connect(profileId, connectOptions);
      if (connectOptions.consent && session.isolation === 'none')
        remember(profileId, 'allowUnisolated', true);
      return session;
    },
    async endSandbox(sessionId) {
      const session = db.sessions.get(sessionId);
      if (!session) throw new SpecboardError('not-found', 'There is no such session.');
      if (!mayStillRun(session)) {
        throw new SpecboardError('conflict', 'That session has already ended, and its sandbox with it.');
      }
      const ended = await reconciler.endLeftover(session);
      sessions.updateLeftover(ended);
      return ended;
    },
    async refreshSecrets() {
      const secrets = await secretStore.status();
      if (JSON.stringify(secrets) !== JSON.stringify(hub.current.secrets)) hub.update({ secrets });
      profiles.refresh();
      return secrets;
    },
    isKeyringBlocked: () => secretStore instanceof KeytarStore && secretStore.isBlocked,
    dispose() {
      disposed ??= (async () => {
        keptTerminals.dispose();
        // Before the sessions: a cycle that is cancelled still says what it did.
        await sync.dispose();
        await terminals.closeAll();
        await sessions.endAll();
        history.dispose();
        instance.dispose();
        hub.dispose();
        db.close();
        await sink.close();
      })();
      return disposed;
    },
  };
}

/** Made once per data folder; labels everything that this installation starts elsewhere. */
function installationIdOf(db: Database): string {
  const stored = db.settings.get('installationId');
  if (typeof stored === 'string') return stored;
  const id = randomUUID();
  db.settings.set('installationId', id);
  return id;
}

const unknownManifest = {
  type: 'local' as const,
  summary: '',
  fields: [],
  credentials: [],
  defaults: {} as JsonObject,
  capabilities: {
    python: false,
    shell: false,
    stdin: false,
    files: false,
    terminal: false,
    metrics: false,
    ports: false,
    pause: false,
    extend: false,
    list: false,
    watch: false,
    keep: [],
  },
};
