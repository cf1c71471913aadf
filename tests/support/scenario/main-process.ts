/** A main process in the page: keeps profiles, sessions and executions, and pushes snapshots like the real one. */
import type { Problem, Reply } from '../../../src-shared/contract/errors.ts';
import type { EventPayload } from '../../../src-shared/contract/events.ts';
import type {
  Execution,
  ExecutionResult,
  Language,
  OutputEvent,
  StoredOutput,
} from '../../../src-shared/domain/execution.ts';
import type { JsonObject } from '../../../src-shared/domain/json.ts';
import type { CredentialPresence, Profile, ProfileReport } from '../../../src-shared/domain/profile.ts';
import type { FoundSandbox } from '../../../src-shared/domain/sandbox.ts';
import type { Session } from '../../../src-shared/domain/session.ts';
import { settingsSchema } from '../../../src-shared/domain/settings.ts';
import type { Status } from '../../../src-shared/domain/status.ts';
import { type FilesStart, ScenarioFiles } from './files.ts';
import { manifests } from './manifests.ts';
import { behaviours, text } from './runs.ts';
import type { SyncStart } from './sync.ts';

/** What a test may set up before the page starts. */
export interface ScenarioOptions {
  secrets?: 'available' | 'locked' | 'missing';
  /** The first local run needs consent, and is not isolated. */
  needsConsent?: boolean;
  /** `connect` of every profile fails with this. */
  connectFails?: Problem;
  /** ms that connecting takes. */
  connectMs?: number;
  /** Starts with a session and a run that has printed this many lines and prints on. */
  runningLines?: number;
  /** Long names, several sessions in several states. */
  crowded?: boolean;
  theme?: 'light' | 'dark';
  /** Metrics every so many ms. */
  metricsMs?: number;
  /** So many readings were taken before, two seconds apart, of a sandbox that is busy. */
  readings?: number;
  /** What the test of every profile finds. */
  report?: ProfileReport;
  /** ms that suggestions take, and what goes wrong with them. */
  suggestMs?: number;
  suggestFails?: Problem;
  /** What goes wrong with looking for sandboxes. */
  listFails?: Problem;
  /** What creating a profile fails with. */
  createFails?: Problem;
  /** What opening a terminal fails with. */
  terminalFails?: Problem;
  /** What goes wrong with a search in Activity, and how many runs it has not read yet. */
  searchFails?: Problem;
  /** Runs of three days, of two profiles. */
  activity?: boolean;
  unindexed?: number;
  /** No driver can do anything that is optional. */
  bare?: boolean;
  /** What the sandbox of every session holds; see files.ts. */
  files?: FilesStart;
  /** A session with a pair of folders that are kept the same; see sync.ts. */
  sync?: SyncStart;
}

interface Running {
  execution: Execution;
  items: StoredOutput[];
  readers: Set<Reader>;
  cancel: AbortController;
  force: AbortController;
}

/** Somebody who follows an execution. */
export interface Reader {
  deliver(items: StoredOutput[]): Promise<void>;
  end(result: ExecutionResult): void;
}

let counter = 0;
/** A new id, the same ones in every run. */
function uuid(): string {
  counter += 1;
  return `00000000-0000-4000-8000-${String(counter).padStart(12, '0')}`;
}

/** A refusal, as the bridge replies it. */
export function refuse(code: Problem['code'], message: string, more: Partial<Problem> = {}): Reply<never> {
  return { ok: false, error: { code, message, retryable: false, ...more } };
}

/** See the head of the file. */
export class ScenarioMain {
  readonly options: ScenarioOptions;
  readonly files: ScenarioFiles;
  readonly status: Status;
  readonly listeners = new Set<(status: EventPayload<'status'>) => void>();
  readonly commands = new Set<(command: EventPayload<'command'>) => void>();
  readonly running = new Map<string, Running>();
  /** A session ends: what runs in it does too (terminals.ts). */
  onSessionEnded: (sessionId: string, reason: string) => void = () => {};
  /** What runs at every vendor. */
  sandboxes: FoundSandbox[] = foundSandboxes();
  readonly answers = new Map<string, (answer: string) => void>();
  /** Length of every key that was stored, never the key. */
  readonly storedKeys: { profileId: string; field: string; length: number; sessionOnly: boolean }[] = [];

  constructor(options: ScenarioOptions) {
    this.options = options;
    this.files = new ScenarioFiles(options.files ?? 'few');
    const secrets = options.secrets ?? 'available';
    this.status = {
      revision: 1,
      at: Date.now(),
      profiles: [],
      sessions: [],
      executions: [],
      questions: [],
      terminals: [],
      syncs: [],
      settings: settingsSchema.parse(options.theme ? { theme: options.theme } : {}),
      secrets: {
        state: secrets,
        name: 'the GNOME keyring',
        ...(secrets === 'missing'
          ? { message: 'This system has no keyring service.', hint: 'Install gnome-keyring, then try again.' }
          : {}),
        ...(secrets === 'locked'
          ? { message: 'The keyring is locked.', hint: 'Unlock it, then try again.' }
          : {}),
      },
    };
    this.addProfile('This computer', 'local', { network: false, packages: 'ask' }, true);
    if (options.crowded) this.#crowd();
    if (options.runningLines !== undefined) this.#alreadyRunning(options.runningLines);
  }

  /** Pushes a snapshot with a new revision; a copy, as IPC makes it. */
  push(): void {
    this.status.revision += 1;
    this.status.at = Date.now();
    for (const listener of this.listeners) listener(structuredClone(this.status));
  }

  addProfile(
    name: string,
    driverType: Profile['driverType'],
    settings: JsonObject,
    isDefault = false,
  ): Profile {
    const manifest = manifests.find(({ type }) => type === driverType);
    const profile: Profile = {
      id: uuid(),
      name,
      driverType,
      settings,
      isDefault,
      createdAt: Date.now(),
      updatedAt: Date.now(),
      credentials: (manifest?.credentials ?? []).map(
        (field): CredentialPresence => ({ field: field.name, state: 'missing', storedAt: null }),
      ),
    };
    this.status.profiles.push(profile);
    return profile;
  }

  profile(id: string): Profile {
    const found = this.status.profiles.find((profile) => profile.id === id);
    if (!found) throw new Error(`No profile ${id}`);
    return found;
  }

  addSession(profile: Profile, patch: Partial<Session> = {}): Session {
    const session: Session = {
      id: uuid(),
      profileId: profile.id,
      profileName: profile.name,
      driverType: profile.driverType,
      status: 'active',
      disconnecting: false,
      reason: { text: 'Connected' },
      changedAt: Date.now(),
      keep: 'end',
      link: { state: 'live', since: Date.now(), attempt: 0, nextAt: null },
      step: null,
      startedAt: Date.now(),
      lastActivity: Date.now(),
      endedAt: null,
      endsAt: null,
      isolation:
        profile.driverType === 'local' ? (this.options.needsConsent ? 'none' : 'os-sandbox') : 'microvm',
      warnings: [],
      // Its files are the person's own: ending it loses nothing.
      metadata: profile.driverType === 'local' ? { filesStay: true } : {},
      ...patch,
    };
    this.status.sessions.unshift(session);
    return session;
  }

  async connect(profileId: string, consent: boolean): Promise<Reply<Session>> {
    const profile = this.profile(profileId);
    if (this.options.needsConsent && !consent && profile.driverType === 'local') {
      return refuse(
        'consent-needed',
        'Code on this computer runs as you, on your files. It is not isolated.',
        {
          hint: 'Bubblewrap would isolate it; install the package bubblewrap.',
          action: { type: 'consent', profileId },
        },
      );
    }
    const required = manifests
      .find(({ type }) => type === profile.driverType)
      ?.credentials.filter((field) => field.required);
    const isMissing = ({ field, state }: CredentialPresence) =>
      state === 'missing' && required?.some(({ name }) => name === field);
    if (profile.credentials.some(isMissing)) {
      return refuse('credential-missing', `${profile.name} has no API key.`, {
        action: { type: 'set-credential', profileId, field: 'apiKey' },
      });
    }
    const session = this.addSession(profile, { status: 'connecting', step: 'Creating the sandbox' });
    this.push();
    await sleep(this.options.connectMs ?? 20);
    if (session.status !== 'connecting') return refuse('cancelled', 'Cancelled.');
    if (this.options.connectFails) {
      session.status = 'error';
      session.endedAt = Date.now();
      session.step = null;
      session.isolation = null; // nobody knows yet
      session.reason = { text: this.options.connectFails.message, problem: this.options.connectFails };
      this.push();
      return { ok: false, error: this.options.connectFails };
    }
    session.status = 'active';
    session.step = null;
    if (session.isolation === 'none') session.warnings = ['Code is not isolated on this system.'];
    this.push();
    return { ok: true, value: structuredClone(session) };
  }

  disconnect(sessionId: string): Reply<Session> {
    const session = this.status.sessions.find(({ id }) => id === sessionId);
    if (!session) return refuse('not-found', 'There is no such session.');
    session.status = 'disconnected';
    session.endedAt = Date.now();
    session.reason = { text: 'Ended by you' };
    this.onSessionEnded(sessionId, 'The session was disconnected.');
    for (const run of this.running.values()) if (run.execution.sessionId === sessionId) run.force.abort();
    this.push();
    return { ok: true, value: structuredClone(session) };
  }

  /** Starts code; output goes to `reader` and into the store. */
  execute(sessionId: string, language: Language, code: string, reader: Reader | null): Execution {
    const number =
      [...this.running.values()].filter((run) => run.execution.sessionId === sessionId).length + 1;
    const execution: Execution = {
      id: uuid(),
      sessionId,
      number,
      language,
      code,
      state: 'running',
      startedAt: Date.now(),
      endedAt: null,
      result: null,
      outputBytes: 0,
      outputCount: 0,
    };
    const run: Running = {
      execution,
      items: [],
      readers: new Set(reader ? [reader] : []),
      cancel: new AbortController(),
      force: new AbortController(),
    };
    this.running.set(execution.id, run);
    this.#publishExecution(execution);
    setTimeout(() => void this.#play(run), 0);
    return execution;
  }

  cancel(executionId: string, force: boolean): void {
    const run = this.running.get(executionId);
    if (!run || run.execution.endedAt !== null) return;
    run.execution.state = 'cancelling';
    this.push();
    run.cancel.abort();
    if (force) run.force.abort();
  }

  async #play(run: Running): Promise<void> {
    const [, name = 'hello', argument = ''] = /^# (\w+) ?(.*)/.exec(run.execution.code) ?? [];
    const behaviour = behaviours[name] ?? behaviours.hello;
    const result: ExecutionResult = { state: 'succeeded', durationMs: 0 };
    const patch = await behaviour?.({
      argument,
      cancelled: run.cancel.signal,
      forced: run.force.signal,
      emit: (...events) => this.#emit(run, events),
      // Stored by reference: the same piece again and again takes no memory.
      pour: (bytes) => this.#emit(run, [{ type: 'text', stream: 'stdout', bytes }]),
      generate: (make) => this.#generate(run, make),
      ask: () => this.#ask(run.execution),
    });
    Object.assign(result, patch, { durationMs: Date.now() - run.execution.startedAt });
    Object.assign(run.execution, { state: result.state, endedAt: Date.now(), result });
    for (const reader of run.readers) reader.end(result);
    this.#publishExecution(run.execution);
  }

  /** Output whose bytes are made again each time they are read: a million lines that the page does not hold twice. */
  async #generate(run: Running, make: () => Uint8Array<ArrayBuffer>): Promise<void> {
    const { execution, items } = run;
    const item = {
      seq: execution.outputCount,
      at: Date.now(),
      get event(): OutputEvent {
        return { type: 'text', stream: 'stdout', bytes: make() };
      },
    };
    execution.outputCount += 1;
    execution.outputBytes += make().length;
    items.push(item);
    await Promise.all([...run.readers].map((reader) => reader.deliver([item])));
  }

  async #emit(run: Running, events: OutputEvent[]): Promise<void> {
    const items = events.map((event): StoredOutput => {
      const item = { seq: run.execution.outputCount, at: Date.now(), event };
      run.execution.outputCount += 1;
      run.execution.outputBytes += event.type === 'text' ? event.bytes.length : 100;
      return item;
    });
    run.items.push(...items);
    await Promise.all([...run.readers].map((reader) => reader.deliver(items)));
  }

  #ask(execution: Execution): Promise<string> {
    const id = `question-${counter}`;
    this.status.questions.push({
      id,
      sessionId: execution.sessionId,
      executionId: execution.id,
      kind: 'missing-packages',
      packages: [
        { module: 'sklearn', distribution: 'scikit-learn', trust: 'known' },
        { module: 'mycompanylib', distribution: 'mycompanylib', trust: 'guess' },
        ...(execution.code.includes('suspicious')
          ? [{ module: 'reqeusts', distribution: 'reqeusts', trust: 'suspicious' as const }]
          : []),
      ],
    });
    this.push();
    return new Promise((resolve) => {
      this.answers.set(id, resolve);
    });
  }

  #publishExecution(execution: Execution): void {
    const others = this.status.executions.filter(
      ({ id, sessionId, endedAt }) =>
        id !== execution.id && !(sessionId === execution.sessionId && endedAt !== null),
    );
    this.status.executions = [...others, execution];
    this.push();
  }

  #alreadyRunning(lines: number): void {
    const [profile] = this.status.profiles;
    if (!profile) return;
    const session = this.addSession(profile, { startedAt: Date.now() - 60_000 });
    const execution = this.execute(session.id, 'python', '# drip\nwhile True:\n    print("drip")', null);
    const run = this.running.get(execution.id);
    if (!run) return;
    for (let n = 0; n < lines; n += 1) {
      run.items.push({ seq: n, at: Date.now(), event: text(`earlier ${n}\n`) });
    }
    execution.outputCount = lines;
    execution.outputBytes = lines * 12;
  }

  #crowd(): void {
    const long = this.addProfile(
      'Forschungsdatenverarbeitungsumgebung der Abteilung Nordwest (gemeinsam)',
      'e2b',
      {},
    );
    long.credentials = [{ field: 'apiKey', state: 'stored', storedAt: Date.now() }];
    this.addProfile('Work', 'e2b', { timeoutMinutes: 60 });
    this.addProfile('Containers', 'docker', {});
    const [local] = this.status.profiles;
    const now = Date.now();
    if (local) this.addSession(local, { startedAt: now - 3_600_000 });
    this.addSession(long, { startedAt: now - 600_000, endsAt: now + 252_000 });
    this.addSession(long, { startedAt: now - 4000, status: 'connecting', step: 'Creating the sandbox' });
    this.addSession(long, {
      startedAt: now - 7_200_000,
      status: 'error',
      endedAt: now - 60_000,
      reason: {
        text: 'The sandbox is gone',
        problem: {
          code: 'gone',
          message: 'The sandbox reached its end time and was deleted.',
          kept: 'All output is kept in the history.',
          hint: 'Connect again to start a new one.',
          retryable: true,
          action: { type: 'connect', profileId: long.id },
          details: 'HTTP 404: sandbox not found',
        },
      },
    });
  }
}

function foundSandboxes(): FoundSandbox[] {
  const startedAt = Date.now() - 3 * 3_600_000;
  const common = { startedAt, endsAt: null, inUse: false };
  return [
    { ...common, sandboxId: 'i7x2ours', name: 'Work', state: 'running', owner: 'here' },
    { ...common, sandboxId: 'k9busy', name: 'Work', state: 'running', owner: 'here', inUse: true },
    { ...common, sandboxId: 'p3paused', name: 'Work', state: 'paused', owner: 'elsewhere' },
    { ...common, sandboxId: 'q1other', name: 'nightly-build', state: 'running', owner: 'unknown' },
  ];
}

/** Resolves after `ms`. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
