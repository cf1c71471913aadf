/** The preload: one sandboxed CommonJS file that exposes `window.specboard`, and nothing else. */
import { contextBridge, ipcRenderer } from 'electron';
import { buildApi } from './build-api.ts';

contextBridge.exposeInMainWorld(
  'specboard',
  buildApi(ipcRenderer, {
    platform: process.platform,
    versions: {
      app: __APP_VERSION__,
      electron: process.versions.electron ?? '',
      chrome: process.versions.chrome ?? '',
      node: process.versions.node,
    },
  }),
);
