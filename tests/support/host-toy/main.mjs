// The toy app of tests/host: exercises what the stand-in for Electron offers. Runs on real Electron too.
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import electron, {
  app,
  BrowserWindow,
  clipboard,
  dialog,
  ipcMain,
  Menu,
  MessageChannelMain,
  Notification,
  nativeImage,
  nativeTheme,
  net,
  powerMonitor,
  protocol,
  safeStorage,
  session,
  shell,
  Tray,
  utilityProcess,
} from 'electron';

const folder = import.meta.dirname;
const log = [];
const toy = {
  log,
  hideOnClose: false,
  refuseQuit: false,
  stay: process.env.TOY_STAY === '1',
  lastSender: null,
};
globalThis.toy = toy;

const require = createRequire(import.meta.url);
toy.sameModule = async () => {
  const again = await import('electron/main');
  return (
    require('electron').app === app &&
    electron.app === app &&
    again.app === app &&
    again.BrowserWindow === BrowserWindow
  );
};

const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' app: data:; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'";
const PARTITION = 'persist:toy';

protocol.registerSchemesAsPrivileged([
  { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
]);
if (!app.requestSingleInstanceLock({ from: 'toy' })) {
  console.log('the second instance leaves');
  app.exit(0);
}
app.on('second-instance', (_event, argv, _cwd, data) => log.push(['second-instance', argv.at(-1), data]));

let window;
let tray;
let quitting = false;

function createWindow(overrides = {}) {
  const preload = path.resolve(folder, process.env.TOY_PRELOAD ?? 'preload.cjs');
  window = new BrowserWindow({
    width: 900,
    height: 600,
    show: false,
    name: 'main',
    windowStatePersistence: true,
    webPreferences: { preload, sandbox: true, contextIsolation: true, partition: PARTITION },
    ...overrides,
  });
  const opened = window;
  const contents = opened.webContents;
  opened.once('ready-to-show', () => {
    log.push(['ready-to-show']);
    opened.show();
  });
  for (const name of ['show', 'hide', 'focus', 'blur', 'closed']) opened.on(name, () => log.push([name]));
  opened.on('close', (event) => {
    log.push(['close']);
    if (!toy.hideOnClose || quitting) return;
    event.preventDefault();
    opened.hide();
  });
  contents.setWindowOpenHandler(({ url, disposition }) => {
    log.push(['window-open', url, disposition]);
    if (url.startsWith('https:')) shell.openExternal(url);
    return { action: 'deny' };
  });
  contents.on('will-navigate', (event) => {
    log.push(['will-navigate', event.url]);
    if (!event.url.startsWith('app://bundle/')) event.preventDefault();
  });
  contents.on('preload-error', (_event, file, error) =>
    log.push(['preload-error', path.basename(file), error.message]),
  );
  contents.on('render-process-gone', (_event, details) => log.push(['render-process-gone', details.reason]));
  contents.on('console-message', (event) => log.push(['console', event.level, event.message]));
  contents.on('context-menu', (_event, hit) => log.push(['context-menu', hit.selectionText, hit.isEditable]));
  contents.ipc.handle('scoped', () => 'from webContents.ipc');
  toy.loaded = opened.loadURL('app://bundle/index.html').then(
    () => log.push(['loaded']),
    (error) => log.push(['load failed', error.message]),
  );
  return opened;
}
Object.assign(toy, { createWindow });
Object.defineProperty(toy, 'window', { get: () => window });

function serve(request) {
  const url = new URL(request.url);
  log.push(['request', request.url, request.method]);
  if (url.hostname !== 'bundle') return new Response('no such host', { status: 404 });
  if (url.pathname === '/echo') return request.arrayBuffer().then((body) => new Response(body));
  const file = path.join(folder, path.normalize(url.pathname));
  return net.fetch(pathToFileURL(file).href).then(
    (found) => {
      const headers = new Headers(found.headers);
      headers.set('content-security-policy', CSP);
      return new Response(found.body, { headers });
    },
    () => new Response('not found', { status: 404 }),
  );
}

function handleMessages() {
  ipcMain.handle('echo', (event, value) => {
    const { senderFrame } = event;
    toy.lastSender = {
      url: senderFrame.url,
      origin: senderFrame.origin,
      parent: senderFrame.parent,
      main: senderFrame === event.sender.mainFrame,
      id: event.sender.id,
    };
    return value;
  });
  ipcMain.handle('fail', () => {
    throw new RangeError('no such thing');
  });
  ipcMain.handle('open-file', () => dialog.showOpenDialog(window, { properties: ['openFile'] }));
  ipcMain.handle('confirm', () =>
    dialog.showMessageBox(window, {
      message: 'Delete it?',
      detail: 'For good.',
      buttons: ['Cancel', 'Delete'],
      cancelId: 0,
    }),
  );
  ipcMain.on('sync', (event, value) => {
    event.returnValue = value + 1;
  });
  ipcMain.on('push', (event, { count, size }) => {
    const text = 'x'.repeat(size);
    for (let index = 0; index < count; index++) event.sender.send('tick', { index, text });
  });
  // A stream with a credit window over a port that came from the preload.
  ipcMain.on('stream', (event, { total, chunk, credit }) => {
    const [port] = event.ports;
    const bytes = new Uint8Array(chunk).fill(9);
    let sent = 0;
    let left = credit;
    const pump = () => {
      while (left > 0 && sent < total) {
        port.postMessage({ sequence: sent / chunk, bytes });
        sent += chunk;
        left -= chunk;
      }
      if (sent >= total) port.postMessage({ end: true });
    };
    port.on('message', ({ data }) => {
      left += data.ack;
      pump();
    });
    port.on('close', () => log.push(['port closed']));
    port.start();
    pump();
  });
}

function buildMenus() {
  const profile = [
    {
      id: 'refresh',
      label: 'Refresh',
      accelerator: 'CmdOrCtrl+Shift+R',
      click: (_item, target) => {
        log.push(['menu', 'refresh']);
        target?.webContents.send('menu', 'refresh');
      },
    },
    { type: 'radio', id: 'one', label: 'One', checked: true },
    { type: 'radio', id: 'two', label: 'Two', click: (item) => log.push(['menu', item.id]) },
    { type: 'separator' },
    { type: 'checkbox', id: 'check', label: 'Check' },
  ];
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      { role: 'fileMenu' },
      { role: 'editMenu' },
      { label: 'Profile', submenu: profile },
    ]),
  );
  tray = new Tray(nativeImage.createFromDataURL(PIXEL));
  tray.setToolTip('Toy: connected');
  tray.setContextMenu(
    Menu.buildFromTemplate([
      { id: 'open', label: 'Open', click: () => window.show() },
      { label: 'Quit', role: 'quit' },
    ]),
  );
  toy.tray = tray;
}

app.whenReady().then(() => {
  const own = session.fromPartition(PARTITION);
  own.protocol.handle('app', serve);
  own.setPermissionCheckHandler((_contents, permission) => permission === 'clipboard-sanitized-write');
  own.setPermissionRequestHandler((_contents, permission, answer) =>
    answer(permission === 'clipboard-sanitized-write'),
  );
  handleMessages();
  buildMenus();
  powerMonitor.on('suspend', () => log.push(['suspend']));
  createWindow();
});
app.on('before-quit', (event) => {
  log.push(['before-quit']);
  if (toy.refuseQuit) event.preventDefault();
  else quitting = true;
});
app.on('will-quit', () => {
  log.push(['will-quit']);
  if (process.env.TOY_PRINT_LOG) console.log(`TOY ${JSON.stringify(log.map(([name]) => name))}`);
});
app.on('window-all-closed', () => {
  log.push(['window-all-closed']);
  if (!toy.stay) app.quit();
});

toy.utility = () =>
  new Promise((resolve) => {
    const child = utilityProcess.fork(path.join(folder, 'utility.mjs'));
    const got = [];
    const { port1, port2 } = new MessageChannelMain();
    port1.on('message', ({ data }) => {
      got.push(data);
      child.once('exit', () => resolve(got));
      child.kill();
    });
    port1.start();
    child.on('message', (message) => {
      got.push(message);
      if (message === 'got a port') port1.postMessage('hello');
      else child.postMessage('port', [port2]);
    });
    child.postMessage(21);
  });
toy.safe = (text) => safeStorage.decryptString(safeStorage.encryptString(text));
toy.clip = async () => {
  await clipboard.writeText('copied');
  return clipboard.readText();
};
toy.notify = () => new Notification({ title: 'Done', body: 'It ran.' }).show();
toy.dark = () => {
  nativeTheme.themeSource = 'dark';
};
