/**
 * Loaded into the app's main process before the app (`-r`), on Electron and on the host alike: notes what cannot be read
 * back (tray, opened links, dialogs) and answers dialogs with their first button, since nobody is there to click. Plain
 * CommonJS, because Electron's `-r` takes nothing else. Its type is `MainHooks` in native.ts.
 */
const { dialog, nativeImage, shell, Tray } = require('electron');

const hooks = { tray: null, opened: [], dialogs: [] };
globalThis.e2e = hooks;

shell.openExternal = async (url) => {
  hooks.opened.push(url);
};

for (const method of ['showMessageBox', 'showErrorBox']) {
  dialog[method] = async (...args) => {
    hooks.dialogs.push({ method, options: args.at(-1) });
    // For a start that fails before anybody could ask.
    process.stderr.write(`dialog: ${JSON.stringify(args)}\n`);
    return { response: 0, checkboxChecked: false };
  };
}

const tray = { icon: '', tooltip: '', menu: null };
const { createFromPath } = nativeImage;
nativeImage.createFromPath = (file) => {
  // The tray's drawings are read for nothing else.
  if (/[\\/]tray[\\/]/.test(file)) tray.icon = file;
  return createFromPath.call(nativeImage, file);
};
const { setContextMenu, setToolTip, destroy } = Tray.prototype;
Tray.prototype.setContextMenu = function noted(menu) {
  tray.menu = menu;
  hooks.tray = tray;
  return setContextMenu.call(this, menu);
};
Tray.prototype.setToolTip = function noted(text) {
  tray.tooltip = text;
  return setToolTip.call(this, text);
};
Tray.prototype.destroy = function noted() {
  hooks.tray = null;
  return destroy.call(this);
};
