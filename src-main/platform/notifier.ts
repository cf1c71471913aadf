/** Shows notifications when the status says that something happened while the window is not in focus. */
import { Notification } from 'electron';
import type { Status } from '../../src-shared/domain/status.ts';
import type { Disposable } from '../../src-shared/lib/disposable.ts';
import type { Event } from '../../src-shared/lib/emitter.ts';
import { type Notice, noticesBetween, shouldNotify } from './notices.ts';

/** What the notifier needs. */
export interface NotifierOptions {
  status: { readonly current: Status; readonly onChange: Event<Status> };
  now: () => number;
  /** True while the person looks at the window. */
  isFocused: () => boolean;
  /** The person clicked a notification about this session. */
  onClick: (sessionId: string) => void;
  log: (level: 'debug' | 'warn', message: string, fields?: Record<string, string>) => void;
  /** Icon for systems that do not take the app's own. */
  icon?: string;
}

/** Dispose to stop; what is on screen goes. */
export class Notifier implements Disposable {
  readonly #options: NotifierOptions;
  readonly #subscription: Disposable;
  /** By session. Kept: a Notification that is garbage-collected loses its click. */
  readonly #shown = new Map<string, { at: number; notification: Notification }>();
  #before: Status;

  constructor(options: NotifierOptions) {
    this.#options = options;
    this.#before = options.status.current;
    this.#subscription = options.status.onChange((status) => this.#changed(status));
  }

  dispose(): void {
    this.#subscription.dispose();
    for (const { notification } of this.#shown.values()) notification.close();
    this.#shown.clear();
  }

  #changed(after: Status): void {
    const notices = noticesBetween(this.#before, after);
    this.#before = after;
    for (const sessionId of this.#shown.keys()) {
      if (!after.sessions.some((session) => session.id === sessionId)) this.#shown.delete(sessionId);
    }
    for (const notice of notices) this.#consider(notice, after);
  }

  #consider(notice: Notice, { settings }: Status): void {
    const now = this.#options.now();
    const lastAt = this.#shown.get(notice.sessionId)?.at;
    if (!shouldNotify(notice, { focused: this.#options.isFocused(), settings, lastAt, now })) return;
    if (!Notification.isSupported()) return;
    // One a session on screen: the newer one replaces the older.
    this.#shown.get(notice.sessionId)?.notification.close();
    const notification = new Notification({
      title: notice.title,
      body: notice.body,
      ...(this.#options.icon === undefined ? {} : { icon: this.#options.icon }),
    });
    notification.on('click', () => this.#options.onClick(notice.sessionId));
    // For example: an unsigned build on macOS.
    notification.on('failed', (_event, error) =>
      this.#options.log('warn', 'a notification failed', { reason: String(error) }),
    );
    this.#shown.set(notice.sessionId, { at: now, notification });
    notification.show();
  }
}
