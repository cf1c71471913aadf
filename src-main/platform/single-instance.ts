/** One window process per data folder: a second start shows the first one's window instead. */
import type { App } from 'electron';
import { type Disposable, toDisposable } from '../../src-shared/lib/disposable.ts';

/**
 * Claims to be the only instance; null where another one runs already (it has been told: quit at once). `onSecond` is
 * called when somebody starts SpecBoard again. Call before `app` is ready; dispose gives the claim up.
 */
export function claimSingleInstance(
  app: App,
  onSecond: (argv: readonly string[]) => void,
): Disposable | null {
  if (!app.requestSingleInstanceLock()) return null;
  const listener = (_event: unknown, argv: string[]): void => onSecond(argv);
  app.on('second-instance', listener);
  return toDisposable(() => {
    app.removeListener('second-instance', listener);
    app.releaseSingleInstanceLock();
  });
}
