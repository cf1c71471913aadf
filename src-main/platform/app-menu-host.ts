/** Puts the application menu into Electron and keeps it true to the status. */
import { Menu } from 'electron';
import type { Status } from '../../src-shared/domain/status.ts';
import type { Clock } from '../../src-shared/lib/clock.ts';
import { type Disposable, toDisposable } from '../../src-shared/lib/disposable.ts';
import type { Event } from '../../src-shared/lib/emitter.ts';
import { appMenu } from './app-menu.ts';
import type { AppMenuContext } from './menu-items.ts';
import { Refresher } from './refresher.ts';
import type { ShowingState } from './showing.ts';
import type { StatusActions } from './status-actions.ts';

/** What the menu needs. */
export interface AppMenuOptions extends Omit<AppMenuContext, 'showing'> {
  showing: Pick<ShowingState, 'current' | 'onChange'>;
  status: { readonly current: Status; readonly onChange: Event<Status> };
  actions: StatusActions;
  clock: Clock;
}

/** Shows the application menu; dispose stops following the status (the last menu stays). */
export function installAppMenu(options: AppMenuOptions): Disposable {
  const show = (): void => {
    const context = { ...options, showing: options.showing.current };
    const template = appMenu(options.status.current, context, refresher.watched(options.actions));
    Menu.setApplicationMenu(Menu.buildFromTemplate(template));
  };
  const refresher = new Refresher(options.status, options.clock, show);
  const following = options.showing.onChange(() => refresher.refresh());
  show();
  return toDisposable(() => {
    following.dispose();
    refresher.dispose();
  });
}
