// Throws after it exposed something.
require('electron').contextBridge.exposeInMainWorld('half', 1);
throw new Error('the preload is broken');
