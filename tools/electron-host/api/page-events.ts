// Turns the protocol events of a page into the events of its web contents and window.
import { toAppUrl } from '../browser/addresses.ts';
import type { CdpSession } from '../browser/cdp.ts';
import { host, preventable } from '../host-state.ts';
import { app } from './app.ts';
import type { WebContents } from './web-contents.ts';

/** A value in a console message. */
interface RemoteValue {
  value?: unknown;
  description?: string;
}

/** Electron's names of console levels. */
const LEVELS: Record<string, string> = {
  warning: 'warning',
  error: 'error',
  assert: 'error',
  debug: 'debug',
};

/** Adds the listeners; call while the target is still paused. */
export function listenToPage(contents: WebContents, session: CdpSession): void {
  const { page, link, window } = contents;
  session.on('Page.frameNavigated', ({ frame }: { frame: { parentId?: string; url: string } }) => {
    if (frame.parentId) return;
    page.url = toAppUrl(frame.url);
    page.crashed = false;
    contents.navigationHistory.refresh();
    contents.emit('did-navigate', preventable(), page.url, 200, 'OK');
  });
  session.on('Page.navigatedWithinDocument', (event: { frameId: string; url: string }) => {
    if (event.frameId !== link.targetId) return;
    page.url = toAppUrl(event.url);
    contents.navigationHistory.refresh();
    contents.emit('did-navigate-in-page', preventable(), page.url, true, contents.id, 1);
  });
  session.on('Page.domContentEventFired', () => {
    if (contents.getZoomFactor() !== 1) contents.post({ op: 'zoom', factor: contents.getZoomFactor() });
    contents.emit('dom-ready', preventable());
  });
  session.on('Page.loadEventFired', () => {
    if (page.destroyed || page.url === '') return;
    page.loading = false;
    contents.emit('did-frame-finish-load', preventable(), true, contents.id, 1);
    contents.emit('did-finish-load', preventable());
    contents.emit('did-stop-loading', preventable());
  });
  session.on('Page.lifecycleEvent', (event: { name: string; frameId: string }) => {
    if (page.destroyed || page.painted || event.name !== 'firstPaint' || event.frameId !== link.targetId)
      return;
    if (page.url === '' || page.url.includes('.host.invalid')) return;
    page.painted = true;
    window.emit('ready-to-show');
  });
  session.on('Runtime.consoleAPICalled', (event: { type: string; args: RemoteValue[] }) => {
    const message = event.args.map((arg) => String(arg.value ?? arg.description ?? '')).join(' ');
    const level = LEVELS[event.type] ?? 'info';
    contents.emit(
      'console-message',
      preventable({ level, message, lineNumber: 0, sourceId: '', frame: contents.mainFrame }),
    );
    if (process.env.HOST_CONSOLE) console.error('[renderer]', message);
  });
  session.on(
    'Runtime.exceptionThrown',
    (event: { exceptionDetails: { exception?: RemoteValue; text: string } }) => {
      const { exception, text } = event.exceptionDetails;
      if (process.env.HOST_CONSOLE) console.error('[renderer]', exception?.description ?? text);
    },
  );
  session.on('Inspector.targetCrashed', () => {
    if (page.destroyed) return;
    page.crashed = true;
    const details = { reason: 'crashed', exitCode: 1 };
    contents.emit('render-process-gone', preventable(), details);
    app.emit('render-process-gone', preventable(), contents, details);
  });
  // A beforeunload comes of a navigation, or of a person who closes the window; only the latter asks the app.
  let leaving = false;
  const navigation = (begins: boolean) => (event: { frameId?: string; frame?: { id: string } }) => {
    if ((event.frameId ?? event.frame?.id) === link.targetId) leaving = begins;
  };
  for (const name of ['frameScheduledNavigation', 'frameRequestedNavigation', 'frameStartedNavigating']) {
    session.on(`Page.${name}`, navigation(true));
  }
  for (const name of ['frameClearedScheduledNavigation', 'frameNavigated', 'frameStoppedLoading']) {
    session.on(`Page.${name}`, navigation(false));
  }
  session.on('Page.javascriptDialogOpening', (dialog: { type: string }) => {
    const answer = (accept: boolean): void => session.tell('Page.handleJavaScriptDialog', { accept });
    if (dialog.type !== 'beforeunload') {
      host.dialogs.push({ method: dialog.type, options: dialog });
      answer(false);
    } else answer(leaving || window.userMayClose());
  });
}
