/** Reads key presses as the texts that shortcuts are written in: "Mod+Shift+K". Pure. */
import type { KeySystem } from '../../../src-shared/domain/shortcuts.ts';

/** What is read of an event. */
export interface KeyPress {
  key: string;
  code: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
  getModifierState?: (modifier: string) => boolean;
}

/**
 * The ways to write a press, most exact first: by what is printed on the key, and, for signs that need Shift on some
 * keyboards ("/" is Shift+7 in Germany), by the sign alone. None for modifiers alone, and for AltGr, which types characters.
 */
export function keysOfPress(press: KeyPress, system: KeySystem): string[] {
  const { ctrlKey, metaKey, altKey, shiftKey } = press;
  if (
    press.getModifierState?.('AltGraph') ||
    /^(Control|Shift|Alt|Meta|AltGraph|CapsLock|Dead)$/.test(press.key)
  )
    return [];
  const isMac = system === 'mac';
  // The Windows key belongs to the system.
  if (!isMac && metaKey) return [];
  const mod = isMac ? metaKey : ctrlKey;
  const write = (key: string, shift: boolean) =>
    [mod && 'Mod', isMac && ctrlKey && 'Ctrl', altKey && 'Alt', shift && 'Shift', key]
      .filter(Boolean)
      .join('+');
  const key = nameOf(press);
  const isSign = /^[!-/:-@[-`{-~]$/.test(press.key);
  const exact = write(key, shiftKey);
  return isSign && (shiftKey || press.key !== key) ? [exact, write(press.key, false)] : [exact];
}

/** A key's name without its modifiers: letters and digits by position where the layout types something else with them. */
function nameOf({ key, code, altKey, shiftKey }: KeyPress): string {
  const letter = /^Key([A-Z])$/.exec(code)?.[1];
  // A Latin layout says where its letters are; Option on macOS, and layouts of other scripts, type something else.
  if (/^[a-z]$/i.test(key)) return key.toUpperCase();
  if (letter !== undefined && (altKey || !/^[\x20-\x7e]$/.test(key))) return letter;
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(code)?.[1];
  if (digit !== undefined && (shiftKey || altKey || /^\d$/.test(key))) return digit;
  if (key === ' ') return 'Space';
  if (key === 'Pause' || key === 'Cancel') return 'Break';
  return key.length === 1 ? key.toUpperCase() : key;
}
