/**
 * What a person does with sessions: connecting, leaving, and what comes after. Where something would be lost, a question comes
 * first, whatever surface asked. Methods never throw; what goes wrong is shown where it belongs.
 */
import { type Problem, toProblem } from '../../src-shared/contract/errors.ts';
import type { OperationInput, OperationName, OperationOutput } from '../../src-shared/contract/operations.ts';
import type { KeepMode, Session } from '../../src-shared/domain/session.ts';
import { deletesFiles, lossOf, modeOfEnding } from '../../src-shared/domain/session-loss.ts';
import type { Bridge } from '../bridge/client.ts';
import { sessionMessages as words } from '../messages/session.ts';
import type { StatusStore } from '../stores/status-store.ts';
import type { OpenDialog, UiStore } from '../stores/ui-store.ts';
import { unsavedTexts } from '../stores/unsaved-texts.ts';
import type { Target } from './target.ts';

/** What the actions work on. */
export interface SessionActionParts {
  bridge: Bridge;
  status: StatusStore;
  ui: UiStore;
  target: () => Target | null;
  openDialog: (dialog: OpenDialog) => void;
  showProblem: (problem: Problem | null) => void;
  attempt: <N extends OperationName>(
    name: N,
    input: OperationInput<N>,
  ) => Promise<OperationOutput<N> | undefined>;
}

/** ms that the look for files may take before a disconnect: who asks to leave does not wait for a sandbox that is slow. */
const lookMs = 1000;

/** See the head of the file. */
export class SessionActions {
  readonly #parts: SessionActionParts;

  constructor(parts: SessionActionParts) {
    this.#parts = parts;
  }

  /** Connects; `then` runs when the session is active, also when a person had to agree to something first. */
  connect(profileId: string, then?: (session: Session) => void, consent = false): Promise<void> {
    const { bridge } = this.#parts;
    const input = consent ? { profileId, consent } : { profileId };
    return this.#connectBy(profileId, () => bridge.call('connect', input), then);
  }

  /** Connects to a sandbox that runs already. */
  attachSandbox(profileId: string, sandboxId: string): Promise<void> {
    const { bridge } = this.#parts;
    return this.#connectBy(profileId, () => bridge.call('sandboxes.attach', { profileId, sandboxId }));
  }

  /** Connects again to the sandbox of an ended session: one that was left, that sleeps, or that a crash left. */
  async reattach(sessionId: string): Promise<void> {
    const profileId = this.#session(sessionId)?.profileId;
    if (profileId === undefined) return;
    await this.#connectBy(profileId, () => this.#parts.bridge.call('sessions.reattach', { sessionId }));
  }

  /** Ends a session; without `keep` the profile decides what happens to the sandbox. Asks first where something is lost. */
  async disconnect(sessionId: string, keep?: KeepMode): Promise<void> {
    const session = this.#session(sessionId);
    if (!session || session.status === 'connecting') return this.disconnectNow(sessionId, keep);
    const mode = modeOfEnding(session, keep);
    const names = deletesFiles(session, mode) ? await this.#filesOf(session) : [];
    const executions = this.#parts.status.getState().status?.executions ?? [];
    const loss = lossOf(this.#session(sessionId) ?? session, mode, executions, names);
    if (loss) this.#parts.openDialog({ type: 'end-session', sessionId, mode, keep, loss });
    else await this.disconnectNow(sessionId, keep);
  }

  /** The same without a question. */
  async disconnectNow(sessionId: string, keep?: KeepMode): Promise<void> {
    await this.#parts.attempt('disconnect', keep ? { sessionId, keep } : { sessionId });
  }

  /** Asks whether the sandbox of an ended session that may still run is to be ended. */
  askEndSandbox(sessionId: string): void {
    this.#parts.openDialog({ type: 'end-sandbox', sessionId });
  }

  /** Ends it, without a question. */
  async endSandboxNow(sessionId: string): Promise<void> {
    await this.#parts.attempt('sessions.endSandbox', { sessionId });
  }

  /** Adds minutes to the life of the sandbox. */
  async extend(sessionId: string, minutes: number): Promise<void> {
    await this.#parts.attempt('sessions.extend', { sessionId, minutes });
  }

  /** Tries a broken link at once. */
  async reconnectNow(sessionId: string): Promise<void> {
    await this.#parts.attempt('sessions.reconnectNow', { sessionId });
  }

  /** Takes an ended session off the list; its sandbox and its history stay. Asks first where typed text would be lost. */
  async dismiss(sessionId: string): Promise<void> {
    const unsaved = unsavedTexts(this.#parts.bridge).getState()[sessionId] ?? [];
    const dismiss = () => this.#parts.attempt('sessions.dismiss', { sessionId });
    if (unsaved.length === 0) {
      await dismiss();
      return;
    }
    this.#parts.openDialog({
      type: 'confirm',
      title: words.dismissTitle(this.#session(sessionId)?.profileName ?? ''),
      body: words.dismissUnsaved(unsaved.map((path) => path.slice(path.lastIndexOf('/') + 1))),
      confirm: words.dismissConfirm,
      danger: true,
      onConfirm: () => void dismiss(),
    });
  }

  /** Asks whether to stop waiting for an end that the other side does not confirm. */
  askForceRemove(sessionId: string): void {
    this.#parts.openDialog({
      type: 'confirm',
      title: words.forceTitle(this.#session(sessionId)?.profileName ?? ''),
      body: words.forceBody,
      confirm: words.forceConfirm,
      danger: true,
      onConfirm: () => void this.#parts.attempt('sessions.dismiss', { sessionId, force: true }),
    });
  }

  /** Asks the keyring again: it may show its own prompt, once. */
  async unlock(): Promise<void> {
    await this.#parts.attempt('credentials.refresh', {});
  }

  async #connectBy(
    profileId: string,
    call: () => Promise<Session>,
    then?: (session: Session) => void,
  ): Promise<void> {
    const { ui } = this.#parts;
    if (ui.getState().connecting[profileId]) return;
    this.#setConnecting(profileId, true);
    ui.setState({ problem: null });
    try {
      const session = await call();
      const { selection } = ui.getState();
      const stillHere = !selection || this.#parts.target()?.profileId === profileId;
      if (stillHere) ui.setState({ selection: { type: 'session', id: session.id } });
      then?.(session);
    } catch (error) {
      this.#connectFailed(profileId, toProblem(error), then);
    } finally {
      this.#setConnecting(profileId, false);
    }
  }

  #connectFailed(profileId: string, problem: Problem, then?: (session: Session) => void): void {
    if (problem.code === 'cancelled') return;
    if (problem.code === 'consent-needed') this.askConsent(profileId, problem, then);
    else this.#parts.showProblem(problem);
  }

  /** Asks for what a driver refuses without. */
  askConsent(profileId: string, problem: Problem, then?: (session: Session) => void): void {
    this.#parts.openDialog({
      type: 'consent',
      profileId,
      problem,
      onAgree: () => void this.connect(profileId, then, true),
    });
  }

  #setConnecting(profileId: string, value: boolean): void {
    this.#parts.ui.setState(({ connecting }) => ({ connecting: { ...connecting, [profileId]: value } }));
  }

  #session(sessionId: string): Session | undefined {
    return this.#parts.status.getState().status?.sessions.find(({ id }) => id === sessionId);
  }

  /** Names in the working folder; none where that cannot be known soon. */
  async #filesOf(session: Session): Promise<string[]> {
    const { bridge, status } = this.#parts;
    const manifest = status.getState().drivers.find(({ type }) => type === session.driverType);
    if (!manifest?.capabilities.files || session.link.state !== 'live') return [];
    const late = new Promise<string[]>((resolve) => {
      setTimeout(resolve, lookMs, []);
    });
    const look = bridge.call('files.list', { sessionId: session.id, path: '.' }).then(
      ({ items }) => items.map(({ name }) => name),
      () => [],
    );
    return Promise.race([look, late]);
  }
}
