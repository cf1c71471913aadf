/** Keys in a terminal that are the window's, not the shell's. Pure: reads a key event, says what it means. */

/** What a key means; `window`: the window's own keys see to it, the shell does not get it. */
export type TerminalKey = 'copy' | 'find' | 'new' | 'close' | 'plain-text' | 'select-all' | 'window';

/** What is read of a key event. */
export type KeyPress = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'>;

const withCommand: Readonly<Record<string, TerminalKey>> = {
  c: 'copy',
  f: 'find',
  t: 'new',
  w: 'close',
  a: 'select-all',
};
const withCtrlShift: Readonly<Record<string, TerminalKey>> = {
  c: 'copy',
  f: 'find',
  t: 'new',
  a: 'select-all',
};

/** What the key means in a terminal; null where the shell gets it. */
export function readTerminalKey(event: KeyPress, platform: string): TerminalKey | null {
  const { ctrlKey: ctrl, metaKey: meta, shiftKey: shift, altKey: alt } = event;
  const key = event.key.toLowerCase();
  if (key === 'f6' && shift && !ctrl && !alt && !meta) return 'window';
  // GNOME owns Alt+F2: with Shift it reaches us there.
  if (key === 'f2' && alt && !ctrl && !meta && (!shift || platform === 'linux')) return 'plain-text';
  if (platform === 'darwin') {
    if (!meta || ctrl || alt) return null;
    return (shift ? undefined : withCommand[key]) ?? 'window';
  }
  if (meta) return null;
  if (key === 'f4' && ctrl && !shift && !alt) return 'close';
  if (key === 'insert' && !alt) {
    if (ctrl && !shift) return 'copy';
    // Pasting is the system's: the text comes with its own event.
    return shift && !ctrl ? 'window' : null;
  }
  if (!ctrl || !shift || alt) return null;
  if (withCtrlShift[key]) return withCtrlShift[key];
  // Ctrl+Shift with a letter is nothing a shell could tell from Ctrl with it; the window's palette and lists have them.
  return /^[a-z0-9]$/.test(key) ? 'window' : null;
}
