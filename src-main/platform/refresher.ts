/** Runs a refresh after status changes, but only for those that can show, and not for each of a burst. No electron. */
import type { Status } from '../../src-shared/domain/status.ts';
import type { Clock } from '../../src-shared/lib/clock.ts';
import type { Disposable } from '../../src-shared/lib/disposable.ts';
import type { Event } from '../../src-shared/lib/emitter.ts';
import type { StatusActions } from './status-actions.ts';

/** A native menu may be open while it is rebuilt: wait for bursts (connect, run, end) to settle. */
const settleMs = 100;

/** Dispose to stop. */
export class Refresher implements Disposable {
  readonly #status: { readonly current: Status };
  readonly #clock: Clock;
  readonly #refresh: () => void;
  readonly #subscription: Disposable;
  #timer: Disposable | null = null;
  #shown: string;

  constructor(
    status: { readonly current: Status; readonly onChange: Event<Status> },
    clock: Clock,
    refresh: () => void,
  ) {
    this.#status = status;
    this.#clock = clock;
    this.#refresh = refresh;
    this.#shown = menuFingerprint(status.current);
    this.#subscription = status.onChange((next) => {
      if (menuFingerprint(next) !== this.#shown) this.refresh();
    });
  }

  /** Refreshes soon, whether the status has changed or not. */
  refresh(): void {
    this.#timer ??= this.#clock.after(settleMs, () => {
      this.#timer = null;
      this.#shown = menuFingerprint(this.#status.current);
      this.#refresh();
    });
  }

  /**
   * The same actions, but choosing a profile (or a look) refreshes in any case: the system checks a radio item by itself when it is
   * clicked, and where the choice is refused no status change would uncheck it.
   */
  watched(actions: StatusActions): StatusActions {
    return {
      connect: (id) => actions.connect(id),
      disconnect: (id) => actions.disconnect(id),
      pause: (id) => actions.pause(id),
      cancel: (id) => actions.cancel(id),
      rerunLast: (id) => actions.rerunLast(id),
      sync: (ids, what) => actions.sync(ids, what),
      setDefault: (id) => {
        actions.setDefault(id);
        this.refresh();
      },
      openWindow: () => actions.openWindow(),
      command: (command, sessionId) => {
        actions.command(command, sessionId);
        if (/^(theme|density)-/.test(command)) this.refresh();
      },
      openLogs: () => actions.openLogs(),
      quit: () => actions.quit(),
    };
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#timer?.dispose();
    this.#timer = null;
  }
}

/** Everything of a status that menus and icons show: output, activity and metrics change it all the time, and no menu. */
export function menuFingerprint(status: Status): string {
  return JSON.stringify([
    status.profiles.map((profile) => [
      profile.id,
      profile.name,
      profile.driverType,
      profile.isDefault,
      profile.credentials.map((credential) => credential.state),
    ]),
    status.sessions.map((session) => [
      session.id,
      session.profileId,
      session.profileName,
      session.status,
      session.disconnecting,
      session.reason.text,
      session.link.state,
      session.endsAt === null,
      session.metadata.left,
    ]),
    status.executions.map((execution) => [execution.id, execution.sessionId, execution.state]),
    status.terminals.map(({ sessionId }) => sessionId),
    status.questions.map((question) => question.sessionId),
    // Not how far a sync is: that changes all the time.
    status.syncs.map((root) => [
      root.id,
      root.profileId,
      root.sessionId,
      root.watching,
      root.conflicts,
      root.state,
      root.halt?.reason,
      root.lastSyncedAt === null,
    ]),
    status.secrets.state,
    [status.settings.theme, status.settings.density, status.settings.quitSessions, status.settings.shortcuts],
  ]);
}
