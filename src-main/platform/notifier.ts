/** Shows notifications when the status says that something happened which the person does not see. */
import { Notification } from 'electron';
import type { Status } from '../../src-shared/domain/status.ts';
import type { Clock } from '../../src-shared/lib/clock.ts';
import type { Disposable } from '../../src-shared/lib/disposable.ts';
import type { Event } from '../../src-shared/lib/emitter.ts';
import {
  decide,
  endingNotices,
  merged,
  type Notice,
  nextEndingAt,
  noticeIntervalMs,
  noticesBetween,
} from './notices.ts';

/** What the notifier needs. */
export interface NotifierOptions {
  status: { readonly current: Status; readonly onChange: Event<Status> };
  clock: Clock;
  /** True while the person looks at the window. */
  isFocused: () => boolean;
  /** The session that the window shows. */
  shownSessionId: () => string | null;
  /** The person clicked a notification. */
  onClick: (notice: Notice) => void;
  log: (level: 'debug' | 'warn', message: string, fields?: Record<string, string>) => void;
  /** Icon for systems that do not take the app's own. */
  icon?: string;
}

/** What is known of one session. */
interface Told {
  at: number;
  /** Kept: a Notification that is garbage-collected loses its click. */
  notification: Notification;
  /** Waits for the interval to pass. */
  waiting: Notice[];
  timer: Disposable | null;
}

/** Dispose to stop; what is on screen goes. */
export class Notifier implements Disposable {
  readonly #options: NotifierOptions;
  readonly #subscription: Disposable;
  readonly #sessions = new Map<string, Told>();
  readonly #endingTold = new Set<string>();
  #endingTimer: Disposable | null = null;
  #before: Status;

  constructor(options: NotifierOptions) {
    this.#options = options;
    this.#before = options.status.current;
    this.#subscription = options.status.onChange((status) => this.#changed(status));
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#endingTimer?.dispose();
    for (const { notification, timer } of this.#sessions.values()) {
      timer?.dispose();
      notification.close();
    }
    this.#sessions.clear();
  }

  #changed(after: Status): void {
    const notices = noticesBetween(this.#before, after);
    this.#before = after;
    for (const [sessionId, told] of this.#sessions) {
      if (after.sessions.some((session) => session.id === sessionId)) continue;
      told.timer?.dispose();
      this.#sessions.delete(sessionId);
    }
    for (const notice of notices) this.#consider(notice);
    this.#lookForEnds();
  }

  #lookForEnds(): void {
    const { clock, status } = this.#options;
    const now = clock.now();
    for (const notice of endingNotices(status.current, now, this.#endingTold)) this.#consider(notice);
    this.#endingTimer?.dispose();
    const at = nextEndingAt(status.current, now);
    this.#endingTimer = at === null ? null : clock.after(at - now, () => this.#lookForEnds());
  }

  #consider(notice: Notice): void {
    const { clock, status, isFocused, shownSessionId } = this.#options;
    const told = this.#sessions.get(notice.sessionId);
    const now = clock.now();
    const decision = decide(notice, {
      focused: isFocused(),
      shownSessionId: shownSessionId(),
      settings: status.current.settings,
      lastAt: told?.at,
      now,
    });
    if (decision === 'show') this.#show(notice);
    else if (decision === 'later' && told) {
      told.waiting.push(notice);
      told.timer ??= clock.after(told.at + noticeIntervalMs - now, () => this.#tellWaiting(told));
    }
  }

  /** What waited, as one; what the person has seen meanwhile is not told any more. */
  #tellWaiting(told: Told): void {
    const { status } = this.#options;
    const notice = merged(told.waiting, status.current);
    told.waiting = [];
    told.timer = null;
    if (notice) this.#consider(notice);
  }

  #show(notice: Notice): void {
    if (!Notification.isSupported()) return;
    // One a session on screen: the newer one replaces the older.
    const before = this.#sessions.get(notice.sessionId);
    before?.timer?.dispose();
    before?.notification.close();
    const notification = new Notification({
      title: notice.title,
      body: notice.body,
      ...(this.#options.icon === undefined ? {} : { icon: this.#options.icon }),
    });
    notification.on('click', () => this.#options.onClick(notice));
    // For example: an unsigned build on macOS.
    notification.on('failed', (_event, error) =>
      this.#options.log('warn', 'a notification failed', { reason: String(error) }),
    );
    const told: Told = {
      at: this.#options.clock.now(),
      notification,
      waiting: before?.waiting ?? [],
      timer: null,
    };
    if (told.waiting.length > 0) {
      told.timer = this.#options.clock.after(noticeIntervalMs, () => this.#tellWaiting(told));
    }
    this.#sessions.set(notice.sessionId, told);
    notification.show();
  }
}
