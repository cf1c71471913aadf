// Notifications: recorded in `__host.notifications`, drawn by the overlay.
import type * as Electron from 'electron';
import { host, later } from '../host-state.ts';
import { strictEmitter } from '../strict.ts';
import { showToast } from './overlay-host.ts';

type Members = Pick<
  Electron.Notification,
  'title' | 'body' | 'subtitle' | 'silent' | 'show' | 'close' | 'urgency'
>;

const shown = new Map<number, Notification>();
let lastId = 0;

/** The notification that was drawn under that id. */
export function notificationByToast(id: number): Notification | undefined {
  return shown.get(id);
}

/** One notification. */
export class Notification extends strictEmitter('Notification') implements Members {
  static isSupported(): boolean {
    return true;
  }

  title: string;
  subtitle: string;
  body: string;
  silent: boolean;
  urgency: NonNullable<Electron.NotificationConstructorOptions['urgency']>;
  readonly id: string;
  readonly groupId: string;
  readonly options: Electron.NotificationConstructorOptions;
  readonly #toast = ++lastId;

  constructor(options: Electron.NotificationConstructorOptions = {}) {
    super();
    this.options = options;
    this.title = options.title ?? '';
    this.subtitle = options.subtitle ?? '';
    this.body = options.body ?? '';
    this.silent = options.silent ?? false;
    this.urgency = options.urgency ?? 'normal';
    const { id, groupId } = options as { id?: string; groupId?: string };
    this.id = id ?? `host-${this.#toast}`;
    this.groupId = groupId ?? '';
  }

  show(): void {
    host.notifications.push(this);
    if (showToast(this.#toast, this.title, this.body)) shown.set(this.#toast, this);
    later(() => this.emit('show', {}));
  }

  close(): void {
    shown.delete(this.#toast);
    this.emit('close', {});
  }
}
