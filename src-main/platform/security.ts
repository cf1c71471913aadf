/** What pages may not do, said to Electron: permissions, navigation, new windows, webviews, downloads, the network. */
import type { App, Session, WebContents } from 'electron';
import { type Disposable, toDisposable } from '../../src-shared/lib/disposable.ts';
import { isOwnUrl } from './origins.ts';

/** The one permission: copying text. Reading the clipboard is not given. */
const allowedPermissions: ReadonlySet<string> = new Set(['clipboard-sanitized-write']);

/** What guarding needs. */
export interface SecurityOptions {
  /** The app's own origins. */
  origins: readonly string[];
  /** Opens a link that a page wanted to open; checks it itself. */
  openExternal: (url: string) => void;
  log: (level: 'info' | 'warn', message: string, fields?: Record<string, string | number>) => void;
}

/** True for a permission that a page of ours, as a main frame, may have. */
export function isAllowedPermission(
  permission: string,
  requestingUrl: string,
  isMainFrame: boolean,
  origins: readonly string[],
): boolean {
  return allowedPermissions.has(permission) && isMainFrame && isOwnUrl(requestingUrl, origins);
}

/** True for a request that the windows' session may send: the app's own files and data that is in the page already. */
export function isAllowedRequest(url: string, origins: readonly string[]): boolean {
  if (/^(?:data|blob|devtools|chrome-extension|about):/.test(url)) return true;
  // The Vite server's hot reload is a WebSocket on its own origin.
  return isOwnUrl(url, origins) || isOwnUrl(url.replace(/^ws:/, 'http:'), origins);
}

/** Locks the session of the app's windows. Both permission handlers: without the second one most APIs are never asked. */
export function secureSession(session: Session, options: SecurityOptions): void {
  const { origins } = options;
  session.setPermissionRequestHandler((_page, permission, callback, details) => {
    const allowed = isAllowedPermission(permission, details.requestingUrl, details.isMainFrame, origins);
    if (!allowed) options.log('warn', 'a permission was denied', { permission });
    callback(allowed);
  });
  session.setPermissionCheckHandler((_page, permission, requestingOrigin, details) =>
    isAllowedPermission(permission, details.requestingUrl ?? requestingOrigin, details.isMainFrame, origins),
  );
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler(null);
  // Behind the page's policy: even a page that got around it reaches no network.
  session.webRequest.onBeforeRequest((details, callback) => {
    const cancel = !isAllowedRequest(details.url, origins);
    if (cancel) options.log('warn', 'a request was blocked', { resource: details.resourceType });
    callback({ cancel });
  });
  session.on('will-download', (event) => {
    options.log('warn', 'a download was blocked');
    event.preventDefault();
  });
}

/** Guards every page that will ever be made, also the ones we do not expect. Dispose stops guarding new ones. */
export function secureAllContents(app: App, options: SecurityOptions): Disposable {
  const guard = (_event: unknown, contents: WebContents): void => secureContents(contents, options);
  app.on('web-contents-created', guard);
  return toDisposable(() => app.removeListener('web-contents-created', guard));
}

function secureContents(contents: WebContents, options: SecurityOptions): void {
  contents.setWindowOpenHandler(({ url }) => {
    options.openExternal(url);
    return { action: 'deny' };
  });
  const stay = (event: { preventDefault: () => void; url: string }): void => {
    if (isOwnUrl(event.url, options.origins)) return;
    event.preventDefault();
    options.log('warn', 'a navigation was blocked');
  };
  contents.on('will-navigate', stay);
  contents.on('will-redirect', stay);
  contents.on('will-frame-navigate', (event) => {
    // Hostile HTML is shown in frames from data or srcdoc; a frame may not go anywhere else.
    if (!event.isMainFrame && /^(?:about:(?:srcdoc|blank)|data:)/.test(event.url)) return;
    stay(event);
  });
  contents.on('will-attach-webview', (event) => event.preventDefault());
}
