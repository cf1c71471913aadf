/** The app's own scheme in Electron: `specboard://app/`. Pages get no file access, no network and a strict policy. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { protocol, type Session, session } from 'electron';
import { type Disposable, toDisposable } from '../../src-shared/lib/disposable.ts';
import { answerAppRequest } from './app-files.ts';
import { appScheme } from './origins.ts';

/** The partition of the app's windows: its own, so that nothing is shared with Electron's default session. */
export const appPartition = 'persist:specboard';

/** Makes the scheme a standard, secure one. Call once, before `app` is ready. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    {
      scheme: appScheme,
      privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
    },
  ]);
}

/** The session of the app's windows. Call after `app` is ready. */
export function appSession(): Session {
  return session.fromPartition(appPartition);
}

/** Serves the built pages to that session. Dispose stops it. */
export function serveAppFiles(target: Session, root: string): Disposable {
  target.protocol.handle(appScheme, (request) =>
    answerAppRequest(request, {
      root,
      // fs, not net.fetch of a file URL: Electron's fs reads inside the asar archive, and file: needs no privileges.
      readFile,
      createNonce: () => randomBytes(18).toString('base64'),
    }),
  );
  return toDisposable(() => target.protocol.unhandle(appScheme));
}
