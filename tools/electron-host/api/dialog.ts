// dialog: answered by a test's queue (`__host.answer`), else drawn in the window, else cancelled.

import { readdirSync } from 'node:fs';
import path from 'node:path';
import type * as Electron from 'electron';
import { host } from '../host-state.ts';
import { strictModule } from '../strict.ts';
import { BrowserWindow } from './browser-window.ts';
import { askInOverlay } from './overlay-host.ts';

type Optional<T> = [T] | [unknown, T];

/** Dialog functions take an optional window before their options. */
function split<T extends object>(args: Optional<T>): { window: BrowserWindow | undefined; options: T } {
  const [first, second] = args as [unknown, T?];
  return second === undefined
    ? { window: undefined, options: (first ?? {}) as T }
    : { window: first instanceof BrowserWindow ? first : undefined, options: second };
}

/** Notes the dialog, and takes the answer that a test put aside for it. */
function noteAndTake(method: string, options: object): { answered: boolean; result: unknown } {
  host.dialogs.push({ method, options });
  const index = host.answers.findIndex((item) => item.method === method);
  if (index < 0) return { answered: false, result: undefined };
  const [{ result } = { result: undefined }] = host.answers.splice(index, 1);
  return { answered: true, result: typeof result === 'function' ? result(options) : result };
}

function cancelButton(options: Electron.MessageBoxOptions): number {
  if (options.cancelId !== undefined) return options.cancelId;
  const index = options.buttons?.findIndex((label) => /^(cancel|no)$/i.test(label.replace('&', ''))) ?? -1;
  return Math.max(index, 0);
}

async function showMessageBox(
  ...args: Optional<Electron.MessageBoxOptions>
): Promise<Electron.MessageBoxReturnValue> {
  const { window, options } = split(args);
  const taken = noteAndTake('showMessageBox', options);
  if (taken.answered) return { checkboxChecked: false, ...((await taken.result) as { response: number }) };
  const cancelId = cancelButton(options);
  const answer = await askInOverlay(
    {
      kind: 'message',
      title: options.title ?? '',
      message: options.message,
      detail: options.detail ?? '',
      buttons: options.buttons?.length ? options.buttons : ['OK'],
      defaultId: options.defaultId ?? 0,
      cancelId,
      checkbox: options.checkboxLabel ?? '',
      checkboxChecked: options.checkboxChecked ?? false,
    },
    window,
  );
  return {
    response: answer?.button ?? cancelId,
    checkboxChecked: answer?.checked ?? options.checkboxChecked ?? false,
  };
}

async function showOpenDialog(
  ...args: Optional<Electron.OpenDialogOptions>
): Promise<Electron.OpenDialogReturnValue> {
  const { window, options } = split(args);
  const taken = noteAndTake('showOpenDialog', options);
  if (taken.answered) return (await taken.result) as Electron.OpenDialogReturnValue;
  const folders = options.properties?.includes('openDirectory') ?? false;
  const answer = await askInOverlay(
    {
      kind: 'open',
      title: options.title ?? (folders ? 'Choose a folder' : 'Choose a file'),
      message: options.message ?? '',
      buttons: ['Cancel', options.buttonLabel ?? 'Open'],
      defaultId: 1,
      folders,
      multiple: options.properties?.includes('multiSelections') ?? false,
      ...(options.defaultPath ? { path: options.defaultPath } : {}),
    },
    window,
  );
  const canceled = answer?.button !== 1;
  return { canceled, filePaths: canceled ? [] : (answer?.paths.map((file) => path.resolve(file)) ?? []) };
}

async function showSaveDialog(
  ...args: Optional<Electron.SaveDialogOptions>
): Promise<Electron.SaveDialogReturnValue> {
  const { window, options } = split(args);
  const taken = noteAndTake('showSaveDialog', options);
  if (taken.answered) return (await taken.result) as Electron.SaveDialogReturnValue;
  const answer = await askInOverlay(
    {
      kind: 'save',
      title: options.title ?? 'Save as',
      message: options.message ?? '',
      buttons: ['Cancel', options.buttonLabel ?? 'Save'],
      defaultId: 1,
      ...(options.defaultPath ? { path: options.defaultPath } : {}),
    },
    window,
  );
  const [file] = answer?.button === 1 ? answer.paths : [];
  if (file === undefined) return { canceled: true, filePath: '' };
  const inFolder = isFolder(file) ? path.join(file, 'untitled') : file;
  return { canceled: false, filePath: path.resolve(inFolder) };
}

function isFolder(file: string): boolean {
  try {
    readdirSync(file);
    return true;
  } catch {
    return false;
  }
}

function showMessageBoxSync(...args: Optional<Electron.MessageBoxSyncOptions>): number {
  // Nothing can be drawn while main waits.
  const { options } = split(args);
  const taken = noteAndTake('showMessageBoxSync', options);
  return taken.answered ? Number(taken.result) : cancelButton(options);
}

function showErrorBox(title: string, content: string): void {
  host.dialogs.push({ method: 'showErrorBox', options: { title, content } });
  console.error(`[electron-host] ${title}: ${content}`);
  void askInOverlay({ kind: 'message', title, message: content, buttons: ['OK'] });
}

/** The `dialog` module. */
export const dialog = strictModule('dialog', 'Dialog', {
  showMessageBox,
  showMessageBoxSync,
  showOpenDialog,
  showSaveDialog,
  showErrorBox,
} satisfies { [K in keyof Electron.Dialog]?: unknown });
