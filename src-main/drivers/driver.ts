/**
 * The driver interface: how to reach one kind of sandbox. Small; every capability beyond connect, execute and disconnect
 * is optional and declared in the manifest. Rules that every driver keeps (tests/conformance holds it to them):
 * - every call takes an AbortSignal; abort stops the remote work, not only the promise;
 * - `execute` resolves with exactly one result, also for code that fails, is cancelled or times out; it rejects only with a
 *   SpecboardError for a failure of the transport before the code was started;
 * - cells of a session wait for their turn, in the order in which they came; commands run side by side, also beside a cell;
 * - the sink is awaited before more is read from the sandbox (back-pressure), and hears nothing after `execute` resolved;
 * - errors are SpecboardErrors of the closed set; vendor text only in `details`, redacted.
 */
import type { z } from 'zod';
import type { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { DriverManifest } from '../../src-shared/domain/driver-manifest.ts';
import type { ExecutionResult, Language, OutputEvent } from '../../src-shared/domain/execution.ts';
import type { JsonObject } from '../../src-shared/domain/json.ts';
import type { MetricsSample } from '../../src-shared/domain/metrics.ts';
import type { KeepMode, LinkChange, Session } from '../../src-shared/domain/session.ts';
import type { Question } from '../../src-shared/domain/status.ts';
import type { Disposable } from '../../src-shared/lib/disposable.ts';
import type { Event } from '../../src-shared/lib/emitter.ts';

/** Receives an execution's output in order. A returned promise is back-pressure: the driver reads no further until then. */
export interface OutputSink {
  write(event: OutputEvent): void | Promise<void>;
}

/** What a package question says: see `Question`. */
export type MissingPackage = Question['packages'][number];

/** What to run. */
export interface ExecuteRequest {
  language: Language;
  code: string;
  /** After a cancel: how long the code may take to end by itself before it is killed. Default 3000. */
  graceMs?: number;
  /** Aborts to kill at once (a second Ctrl-C). */
  forceSignal?: AbortSignal;
  /** Asks the person whether missing packages may be installed. Absent: nobody to ask, nothing is installed. */
  askInstall?: (packages: MissingPackage[], signal: AbortSignal) => Promise<'install' | 'always' | 'skip'>;
  /** Environment for this execution only. */
  env?: Readonly<Record<string, string>>;
}

/** What connect gets. */
export interface ConnectRequest<S> {
  /** The session's id; also the nonce by which a sandbox of a failed create is found again. */
  sessionId: string;
  profileName: string;
  /** Parsed by the driver's own schema. */
  settings: S;
  /** By credential field name. In memory only; never log, store or echo. */
  credentials: Readonly<Record<string, string>>;
  /** The person agreed to what the driver would refuse without (running without isolation). */
  consent: boolean;
  /** Says what is being done, for people who wait: "Creating the sandbox". */
  onStep: (step: string) => void;
  /**
   * Hands over what is needed to find the sandbox again, as soon as it is known and before connect resolves; it is stored
   * at once, so that a crash leaves nothing behind that cannot be found.
   */
  onMetadata: (metadata: JsonObject) => void;
}

/** One live connection. Drivers extend it with what they need. */
export interface DriverSession {
  /** The vendor's id of the sandbox. */
  readonly sandboxId: string;
  readonly isolation: NonNullable<Session['isolation']>;
  /** Shown verbatim to the person. */
  readonly warnings: readonly string[];
  readonly metadata: JsonObject;
  /** When the vendor will end the sandbox, ms since the epoch; null where it has no such time. */
  readonly endsAt: number | null;
  /** The end time moved. */
  readonly onEndsAt: Event<number | null>;
  /** The sandbox or the link died, with the true reason. Fires at most once; not for a disconnect that was asked for. */
  readonly onLost: Event<SpecboardError>;
  /** Output that came after its execution had ended (threads, background processes). */
  readonly onLateOutput: Event<OutputEvent>;
  /** The link broke and is tried again, or works again. Fires only where it can break while the sandbox lives. */
  readonly onLink?: Event<LinkChange>;
  /**
   * Looks at once whether the sandbox answers, also where the next try is due only later, and gives what it found; where that
   * takes longer than `signal` allows, `onLink` tells it. A sandbox that is found dead is told through `onLost`. Absent where
   * nothing can come between here and the sandbox.
   */
  checkLink?(signal: AbortSignal): Promise<LinkChange>;
  /** True where a session was lost because its sandbox was put to sleep by somebody else. */
  readonly isAsleep?: boolean;
}

/** A sandbox that runs at the vendor's, ours or not. */
export interface RemoteSandbox {
  sandboxId: string;
  name: string;
  state: 'running' | 'paused' | 'unknown';
  startedAt: number | null;
  endsAt: number | null;
  /** Our session's id where this installation started it; null otherwise. */
  sessionId: string | null;
  /** Installation that started it, where SpecBoard did. */
  installationId: string | null;
}

/** A directory entry in the sandbox. */
export interface FileEntry {
  path: string;
  name: string;
  type: 'file' | 'directory' | 'link' | 'other';
  size: number;
  modifiedAt: number;
  mode?: number;
  linkTarget?: string;
}

/** Files in the sandbox. Paths are POSIX; relative ones start in the session's working folder. */
export interface DriverFiles<D extends DriverSession> {
  list(session: D, path: string, signal: AbortSignal): Promise<FileEntry[]>;
  stat(session: D, path: string, signal: AbortSignal): Promise<FileEntry>;
  read(session: D, path: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  /** Never leaves a half-written file under its name. Creates parent folders. */
  write(session: D, path: string, data: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<FileEntry>;
  remove(session: D, path: string, signal: AbortSignal): Promise<void>;
  move(session: D, from: string, to: string, signal: AbortSignal): Promise<void>;
  makeDir(session: D, path: string, signal: AbortSignal): Promise<void>;
  /**
   * Many files in one call: a tar (POSIX, pax headers for what ustar cannot hold) of `paths` below `folder`, folders with all
   * that is in them, links as links. The stream comes from the sandbox: hostile input for whoever unpacks it here.
   */
  pack(
    session: D,
    folder: string,
    paths: readonly string[],
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>>;
  /**
   * Unpacks such a tar below `folder`, which is made where it is missing. Entries that would land outside of it are refused
   * (`forbidden`). Resolves when all of it is there; after a failure or an abort no file is half written under its name.
   */
  unpack(session: D, folder: string, tar: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void>;
}

/** How large a terminal is, in characters. */
export interface TerminalSize {
  cols: number;
  rows: number;
}

/** How a terminal ended: `exitCode` is null where the shell was killed or the link broke; then `reason` says why. */
export interface TerminalEnd {
  exitCode: number | null;
  reason?: string;
}

/** A terminal with the sandbox's login shell in it. Whoever opened it calls `close`; ending the session closes it too. */
export interface DriverTerminal {
  /** Bytes as the programs wrote them. Read once; a slow reader holds the programs back. Ends with the terminal. */
  readonly output: AsyncIterable<Uint8Array>;
  /** Keys and pasted text. Rejects with `gone` after the end. */
  write(bytes: Uint8Array): Promise<void>;
  resize(size: TerminalSize): Promise<void>;
  /** Ends the shell and everything it started; idempotent. */
  close(): Promise<void>;
  /** Resolves once, when the shell has ended and all output was handed over; never rejects. */
  readonly ended: Promise<TerminalEnd>;
}

/** Who wants to hear of changes in a folder. Called from anywhere, and never after the watch has ended. */
export interface WatchListener {
  /**
   * Something changed: `path` is below the folder (hostile input, like every name of a sandbox), or '' where nobody knows what.
   * Comes as often as the vendor says so; a hint only: changes may be told twice, late, or not at all.
   */
  onChange(path: string): void;
  /** It ended although the session lives, and why: the folder is gone, the vendor refused. Once. */
  onEnd(problem: SpecboardError): void;
}

/** Where a port of the sandbox can be reached from here. */
export interface PortAddress {
  url: string;
  /** What a person should know: who else can open it, how long it is valid. */
  note?: string;
}

/** What a test of a profile found. */
export interface ProbeReport {
  ok: boolean;
  message: string;
  hint?: string;
  /** The same piece by piece, for `specboard doctor`: "Python", "Sandbox". */
  parts?: { name: string; ok: boolean; message: string; hint?: string }[];
}

/** Settings and credentials for calls without a session. */
export interface Account<S> {
  settings: S;
  credentials: Readonly<Record<string, string>>;
}

/** A driver. `S` is its settings, `D` its live session. */
export interface Driver<S = unknown, D extends DriverSession = DriverSession> {
  readonly manifest: DriverManifest;
  /** Checks what a person typed; messages are for people. */
  readonly settingsSchema: z.ZodType<S>;
  /** How the profile wants its sandbox left at disconnect. */
  defaultKeep(settings: S): KeepMode;
  /** Looks whether the backend answers with these settings and credentials. Never throws for what it finds. */
  probe(account: Account<S>, signal: AbortSignal): Promise<ProbeReport>;
  /** Provisions or attaches. On abort or failure it leaves nothing behind. */
  connect(request: ConnectRequest<S>, signal: AbortSignal): Promise<D>;
  execute(
    session: D,
    request: ExecuteRequest,
    sink: OutputSink,
    signal: AbortSignal,
  ): Promise<ExecutionResult>;
  /** Legal in every state, idempotent; ends everything this side holds even where the vendor does not answer. */
  disconnect(session: D, options: { keep: KeepMode }, signal: AbortSignal): Promise<void>;

  /** Sandboxes of this account at the vendor (`capabilities.list`). */
  list?(account: Account<S>, signal: AbortSignal): Promise<RemoteSandbox[]>;
  /** Ends a sandbox without a session: a stray of a crash or of a failed create. Missing is fine. */
  endRemote?(account: Account<S>, sandboxId: string, signal: AbortSignal): Promise<void>;
  /**
   * Connects again to a sandbox that runs or is paused, from the metadata of an earlier session; or to one that this
   * installation did not start, on a person's request: then the metadata is just `{ sandboxId }`, and disconnecting leaves it.
   * `{ sandboxId, guest: true }`: another session of this installation uses it right now. Take nothing over from that one, and
   * leave everything as it is, as with a sandbox that is not ours.
   */
  attach?(request: ConnectRequest<S>, metadata: JsonObject, signal: AbortSignal): Promise<D>;
  metrics?(session: D, signal: AbortSignal): Promise<Omit<MetricsSample, 'elapsedMs'>>;
  readonly files?: DriverFiles<D>;
  /**
   * Tells of changes below the folder `path`, however deep (`capabilities.watch`). Resolves once it watches: what changes from
   * then on is told. It ends when it is disposed of, with the signal, or silently with the session; it does not keep a sandbox
   * alive. A break of the link is healed, and told as a change of ''. Rejects with `not-found` where there is no such folder.
   */
  watch?(session: D, path: string, listener: WatchListener, signal: AbortSignal): Promise<Disposable>;
  /** Moves the sandbox's end time; gives the new one. */
  extend?(session: D, ms: number, signal: AbortSignal): Promise<number | null>;
  pause?(session: D, signal: AbortSignal): Promise<void>;
  /** Opens a terminal (`capabilities.terminal`). */
  openTerminal?(
    session: D,
    size: TerminalSize,
    options: { cwd?: string },
    signal: AbortSignal,
  ): Promise<DriverTerminal>;
  /** Where a port can be reached (`capabilities.ports`); `not-found` with a hint where it cannot. */
  portAddress?(session: D, port: number, signal: AbortSignal): Promise<PortAddress>;
  /** Values to offer for the form field `key` that has `suggests`: images, snapshots. Nothing to offer is an empty list. */
  suggest?(account: Account<S>, key: string, signal: AbortSignal): Promise<string[]>;
  /** Names alive in the session's Python that fit to the end of `text`; none while it is busy. For drivers with a runner. */
  complete?(session: D, text: string, signal: AbortSignal): Promise<{ stem: string; matches: string[] }>;
  /** Fresh Python: variables are lost. */
  resetKernel?(session: D, signal: AbortSignal): Promise<void>;
}

/** What every driver is constructed with. */
export interface DriverContext {
  /** Unique to this installation; labels everything remote. */
  installationId: string;
  /** Folder the driver may keep sandboxes in; it exists. */
  workFolder: string;
  /** Folder of runner.py and its like. */
  resourcesFolder: string;
  appVersion: string;
  env: Readonly<Record<string, string | undefined>>;
  /** ms since the epoch. */
  now: () => number;
  log: (level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: JsonObject) => void;
}
