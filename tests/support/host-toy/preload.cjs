// The toy's sandboxed preload.
const { contextBridge, ipcRenderer } = require('electron');

let requireFs = 'allowed';
try {
  require('node:fs');
} catch (error) {
  requireFs = error.message;
}
const early = { readyState: document.readyState, scripts: document.scripts.length };

contextBridge.exposeInMainWorld('toy', {
  early,
  requireFs,
  number: 7,
  platform: process.platform,
  sandboxed: process.sandboxed,
  nested: { list: [1, { two: 2 }], when: new Date(0), map: new Map([['a', 1]]) },
  add: (a, b) => a + b,
  bytes: (bytes) => {
    if (!(bytes instanceof Uint8Array)) throw new Error('these bytes are of another world');
    return bytes.map((value) => value + 1);
  },
  callMe: (callback, value) => callback(value * 2, (x) => x + 1),
  later: async (value) => ({ value, times: (n) => value * n }),
  fail: () => {
    throw Object.assign(new TypeError('bad input'), { code: 'E_X' });
  },
  reject: async () => {
    throw new Error('later bad');
  },
  missing: () => ipcRenderer.sendToHostFrame,
  echo: (value) => ipcRenderer.invoke('echo', value),
  invoke: (channel, ...args) => ipcRenderer.invoke(channel, ...args),
  sync: (value) => ipcRenderer.sendSync('sync', value),
  onMenu: (callback) => {
    ipcRenderer.on('menu', (_event, value) => callback(value));
  },
  /** Receives `count` pushed messages; resolves with whether they came in order. */
  push: (count, size) =>
    new Promise((resolve) => {
      let next = 0;
      let ordered = true;
      const hear = (_event, message) => {
        if (message.index !== next) ordered = false;
        next += 1;
        if (next < count) return;
        ipcRenderer.off('tick', hear);
        resolve({ ordered, size: message.text.length });
      };
      ipcRenderer.on('tick', hear);
      ipcRenderer.send('push', { count, size });
    }),
  /** Reads a stream over a port, acknowledging each chunk; every chunk goes through `onData` when there is one. */
  stream: (total, chunk, credit, onData) =>
    new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      let bytes = 0;
      let next = 0;
      let ordered = true;
      port1.onmessage = ({ data }) => {
        if (data.end) {
          port1.close();
          resolve({ bytes, ordered });
          return;
        }
        if (data.sequence !== next) ordered = false;
        next += 1;
        bytes += data.bytes.byteLength;
        onData?.(data.bytes);
        port1.postMessage({ ack: data.bytes.byteLength });
      };
      ipcRenderer.postMessage('stream', { total, chunk, credit }, [port2]);
    }),
});
globalThis.onlyInPreload = true;
try {
  contextBridge.exposeInMainWorld('toy', {});
} catch (error) {
  contextBridge.exposeInMainWorld('twice', error.message);
}
ipcRenderer.on('port', (event) => window.postMessage('port from main', '*', event.ports));
