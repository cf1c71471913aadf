/**
 * The desktop app: starts the core, then window, bridge, menu, tray and notifications on top of it, in this order. What must
 * be said to Electron before it is ready happens in `startDesktop` before the first await.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { app, BrowserWindow, crashReporter, dialog, ipcMain, Menu, powerMonitor, shell } from 'electron';
import { SpecboardError, toProblem } from '../../src-shared/contract/errors.ts';
import { systemClock } from '../../src-shared/lib/clock.ts';
import type { Disposable } from '../../src-shared/lib/disposable.ts';
import { Publisher } from '../ipc/publisher.ts';
import { registerIpc } from '../ipc/register.ts';
import { WindowRegistry } from '../ipc/window-registry.ts';
import { installAppMenu } from '../platform/app-menu-host.ts';
import { downloadDialogs } from '../platform/download-dialogs.ts';
import { chooseOpenFile, chooseSaveFile } from '../platform/file-dialogs.ts';
import { Notifier } from '../platform/notifier.ts';
import { openExternal } from '../platform/open-external.ts';
import { appOrigin, devServerOrigin } from '../platform/origins.ts';
import { type AppPaths, appPaths, dataFolder, dataPaths, findAppRoot } from '../platform/paths.ts';
import { appPartition, appSession, registerAppScheme, serveAppFiles } from '../platform/protocol.ts';
import { secureAllContents, secureSession } from '../platform/security.ts';
import { ShowingState } from '../platform/showing.ts';
import { claimSingleInstance } from '../platform/single-instance.ts';
import type { StatusActions } from '../platform/status-actions.ts';
import { AppTray } from '../platform/tray.ts';
import { hasTrayHost } from '../platform/tray-host.ts';
import { windowIconFile } from '../platform/tray-icons.ts';
import { MainWindow } from '../platform/window.ts';
import { type Core, createCore } from './create-core.ts';
import { lookAtLoss } from './look-at-loss.ts';
import { createOperationHandlers } from './operation-handlers.ts';
import { quitInOrder } from './quit.ts';
import { unsavedWords } from './quit-question.ts';
import { createStreamHandlers } from './stream-handlers.ts';

/** Starts the app. Resolves when the window is open; a start that fails is explained in a dialog and ends the app. */
export async function startDesktop(): Promise<void> {
  crashReporter.start({ uploadToServer: false });
  app.enableSandbox();
  Menu.setApplicationMenu(null);
  registerAppScheme();
  app.setAppUserModelId('dev.specboard.SpecBoard');
  const folder = userDataFolder();
  app.setPath('userData', folder);
  let show = (): void => {};
  const claim = claimSingleInstance(app, () => show());
  if (!claim) {
    app.quit();
    return;
  }
  await app.whenReady();

  const place = {
    packaged: app.isPackaged,
    resourcesPath: process.resourcesPath,
    root: findAppRoot(import.meta.dirname),
  };
  const paths = appPaths(place);
  let core: Core;
  try {
    core = await createCore({
      kind: 'desktop',
      dataFolder: folder,
      migrationsFolder: paths.migrations,
      resourcesFolder: paths.resources,
      appVersion: __APP_VERSION__,
      env: process.env,
    });
  } catch (error) {
    await explainFailedStart(error);
    app.exit(1);
    return;
  }
  const desktop = openDesktop(core, paths);
  show = () => desktop.show();
  desktop.show();
  // After the window: neither is needed for the first paint.
  void core.refreshSecrets().catch(() => {});
  void desktop.openTray();
}

/** Everything that is on screen, over a running core. */
function openDesktop(core: Core, paths: AppPaths) {
  const { clock, hub } = core;
  const platform = process.platform;
  const packaged = app.isPackaged;
  const log = core.logger.child('desktop').log;
  const devOrigin = devServerOrigin(packaged, process.env.VITE_DEV_SERVER_URL);
  const origins = devOrigin ? [appOrigin, devOrigin] : [appOrigin];
  const openLink = (url: string) =>
    openExternal(shell, url).catch((error: unknown) =>
      log('info', 'a link was not opened', { why: toProblem(error).message }),
    );

  const windows = new WindowRegistry();
  const showing = new ShowingState();
  const drivers = core.registry.manifests();
  const session = appSession();
  secureSession(session, { origins, openExternal: openLink, log });
  const askAndReturn = async (question: { message: string; detail: string }) => {
    // The window may be closed already: on a person's "no" it comes back.
    const quits = await askToQuit(question);
    if (!quits) window.show();
    return quits;
  };
  const quitting = quitInOrder(app, core, askAndReturn, () => showing.unsavedFiles);
  let tray: AppTray | null = null;
  const window = new MainWindow({
    url: devOrigin ? `${devOrigin}/` : `${appOrigin}/index.html`,
    preload: paths.preload,
    partition: appPartition,
    platform,
    packaged,
    clock,
    icon: join(paths.resources, windowIconFile()),
    closeContext: () => ({
      quitting: quitting.begun,
      closeToTray: core.settings.get().closeToTray,
      trayShown: tray !== null,
    }),
    onPage: (contents) => {
      windows.add(contents);
      contents.once('destroyed', () => {
        showing.unsavedFiles = 0;
      });
    },
    askToDiscard: async (owner) => !quitting.asks || (await askToDiscard(owner, showing.unsavedFiles)),
    onBroken: () =>
      void dialog.showErrorBox(
        'SpecBoard',
        'The window keeps crashing. Sessions go on; restart SpecBoard to see them.',
      ),
    log,
  });
  const publisher = new Publisher({ status: hub, windows, clock, log });
  const quietly = (work: Promise<unknown>) => {
    work.catch((error: unknown) => log('info', 'a menu action failed', { code: toProblem(error).code }));
  };
  /** Where something would be lost the window asks, as for its own button. */
  const leave = async (sessionId: string, keep: 'pause' | undefined): Promise<void> => {
    const session = core.sessions.alive().find(({ id }) => id === sessionId);
    if (!session) return;
    if ((await lookAtLoss(core, session, keep)).loss) {
      actions.command(keep ?? 'disconnect', sessionId);
      return;
    }
    await (keep === 'pause' ? core.sessions.pause(sessionId) : core.sessions.disconnect(sessionId));
  };
  const actions: StatusActions = {
    connect: (profileId) => {
      window.show();
      quietly(
        core.connect(profileId).then(({ id }) => {
          // The window follows what was asked for outside of it: else the next Run would start a second session.
          publisher.command({ command: 'focus-editor', sessionId: id });
        }),
      );
    },
    disconnect: (sessionId) => quietly(leave(sessionId, undefined)),
    pause: (sessionId) => quietly(leave(sessionId, 'pause')),
    rerunLast: (sessionId) => quietly(Promise.resolve().then(() => rerunLast(core, sessionId))),
    cancel: (executionId) =>
      quietly(Promise.resolve().then(() => core.executions.cancel(executionId, { force: false }))),
    sync: (rootIds, what) => {
      for (const rootId of rootIds) {
        const asked = { confirmed: false, checksum: false };
        const work = async () =>
          what === 'now' ? core.sync.begin(rootId, asked) : core.sync.watch(rootId, what === 'watch');
        quietly(work());
      }
    },
    setDefault: (profileId) => quietly(Promise.resolve().then(() => core.profiles.setDefault(profileId))),
    openWindow: () => window.show(),
    command: (command, sessionId) => {
      window.show();
      publisher.command(sessionId === undefined ? { command } : { command, sessionId });
    },
    openLogs: () => quietly(shell.openPath(dataPaths(app.getPath('userData')).logs)),
    quit: () => app.quit(),
  };
  const parts: Disposable[] = [
    serveAppFiles(session, paths.renderer),
    secureAllContents(app, { origins, openExternal: openLink, log }),
    registerIpc(ipcMain, {
      operations: createOperationHandlers(core, {
        openExternal: (url) => openExternal(shell, url),
        showing: (next) => showing.set(next),
        unsaved: (files) => {
          showing.unsavedFiles = files;
        },
        openLogs: async () => {
          await shell.openPath(dataPaths(app.getPath('userData')).logs);
        },
        versions: {
          SpecBoard: app.getVersion(),
          Electron: process.versions.electron ?? '',
          Node: process.versions.node,
        },
        chooseFolder,
        chooseSaveFile,
        chooseOpenFile,
        openFolder,
      }),
      streams: createStreamHandlers(core, (windowId) => downloadDialogs(windowId, chooseFolder)),
      sender: { origins, isWindow: (id) => windows.has(id) },
      log: core.logger.child('bridge').log,
      clock: systemClock,
      checkOutputs: !packaged,
    }),
    installAppMenu({ platform, packaged, drivers, showing, status: hub, actions, clock }),
    new Notifier({
      status: hub,
      clock,
      isFocused: () => window.focused,
      shownSessionId: () => showing.current?.sessionId ?? null,
      onClick: ({ sessionId, executionId, command }) => {
        window.show();
        publisher.command(
          executionId === null
            ? { command, sessionId }
            : { command: 'show-execution', sessionId, executionId },
        );
      },
      log,
      icon: join(paths.resources, windowIconFile()),
    }),
    publisher,
    window,
  ];
  quitting.onQuit(() => {
    tray?.dispose();
    for (const part of parts) part.dispose();
  });
  // A screen reader may start and end at any time; terminals keep a text for it only while it runs.
  const tellReader = (isRunning: boolean) => hub.update({ screenReader: isRunning });
  tellReader(app.accessibilitySupportEnabled);
  app.on('accessibility-support-changed', (_event, isRunning) => tellReader(isRunning));
  app.on('activate', () => window.show());
  app.on('window-all-closed', () => {
    if (platform !== 'darwin' && !(core.settings.get().closeToTray && tray)) app.quit();
  });
  app.on('browser-window-focus', () => {
    // A command line may have changed profiles meanwhile; a person may have unlocked the keyring.
    core.profiles.refresh();
  });
  powerMonitor.on('shutdown', () => quitting.dontAsk());
  powerMonitor.on('resume', () => {
    // Links may be dead without anybody having noticed: they are looked at before anything is sent.
    void core.sessions.checkLinks();
    core.profiles.refresh();
  });
  app.setAboutPanelOptions({
    applicationName: 'SpecBoard',
    applicationVersion: app.getVersion(),
    website: 'https://github.com/specboard/specboard',
  });
  return {
    show: () => window.show(),
    async openTray() {
      if (!(await hasTrayHost(platform, process.env)) && !process.env.SPECBOARD_TRAY) return;
      try {
        tray = new AppTray({
          status: hub,
          actions,
          clock,
          resources: paths.resources,
          platform,
          drivers,
          keepOf: (sessionId) => core.sessions.keepOf(sessionId),
          desktop: process.env.XDG_CURRENT_DESKTOP,
        });
      } catch (error) {
        log('warn', 'no tray icon here', { why: String(error) });
      }
    },
  };
}

/** What a session ran last, once more; its output reaches the window as any other run's. */
function rerunLast(core: Core, sessionId: string): void {
  const [last] = core.db.executions.list({ sessionId, limit: 1 });
  if (last) core.executions.run({ sessionId, language: last.language, code: last.code });
}

/** `--user-data-dir` (tests), SPECBOARD_HOME, or the platform's place; the command line finds the same one. */
function userDataFolder(): string {
  const given = app.commandLine.getSwitchValue('user-data-dir');
  return given !== '' ? given : dataFolder(process.env, process.platform, homedir());
}

async function chooseFolder(windowId: number): Promise<string | null> {
  const owner = BrowserWindow.getAllWindows().find((candidate) => candidate.webContents.id === windowId);
  const options = {
    properties: ['openDirectory', 'createDirectory'] as ('openDirectory' | 'createDirectory')[],
  };
  const result = owner ? await dialog.showOpenDialog(owner, options) : await dialog.showOpenDialog(options);
  return result.canceled ? null : (result.filePaths[0] ?? null);
}

async function openFolder(path: string): Promise<void> {
  const why = await shell.openPath(path);
  if (why !== '')
    throw new SpecboardError('unsupported', 'The folder could not be opened.', { details: why });
}

async function askToQuit({ message, detail }: { message: string; detail: string }): Promise<boolean> {
  const options = {
    type: 'warning' as const,
    title: 'SpecBoard',
    message,
    detail,
    buttons: ['Quit', 'Stay'],
    defaultId: 1,
    cancelId: 1,
  };
  const owner = BrowserWindow.getAllWindows()[0];
  const { response } = owner
    ? await dialog.showMessageBox(owner, options)
    : await dialog.showMessageBox(options);
  return response === 0;
}

/** True: the window may go with texts that are not saved. */
async function askToDiscard(owner: BrowserWindow, files: number): Promise<boolean> {
  const { response } = await dialog.showMessageBox(owner, {
    type: 'warning',
    title: 'SpecBoard',
    message: 'Discard what is not saved?',
    detail: unsavedWords(Math.max(1, files)),
    buttons: ['Discard', 'Stay'],
    defaultId: 1,
    cancelId: 1,
  });
  return response === 0;
}

async function explainFailedStart(error: unknown): Promise<void> {
  const problem = toProblem(error);
  process.stderr.write(`SpecBoard cannot start: ${problem.message} ${problem.hint ?? ''}\n`);
  await dialog.showMessageBox({
    type: 'error',
    title: 'SpecBoard',
    message: problem.message,
    detail: [problem.kept, problem.hint, problem.details].filter(Boolean).join('\n\n'),
    buttons: ['Quit'],
  });
}
