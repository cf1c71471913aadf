// clipboard: this process's own text; the desktop's clipboard is not touched. Asynchronous, as it is since Electron 44.
import type * as Electron from 'electron';
import { strictModule } from '../strict.ts';

let text = '';

/** The `clipboard` module. */
export const clipboard = strictModule('clipboard', 'Clipboard', {
  writeText: (value: string) => {
    text = String(value);
    return Promise.resolve();
  },
  readText: () => Promise.resolve(text),
  has: (mimetype: string) => Promise.resolve(mimetype === 'text/plain' && text !== ''),
  clear: () => {
    text = '';
  },
} satisfies Partial<Electron.Clipboard>);
