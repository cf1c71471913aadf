// Keys that the page left alone, matched with the application menu's accelerators.
import type { KeyPress } from '../page/messages.ts';
import type { BrowserWindow } from './browser-window.ts';
import { Menu } from './menu.ts';

const KEY_NAMES: Record<string, string> = {
  plus: '+',
  space: ' ',
  esc: 'escape',
  return: 'enter',
  up: 'arrowup',
  down: 'arrowdown',
  left: 'arrowleft',
  right: 'arrowright',
};

/** True if the accelerator ("CmdOrCtrl+Shift+R") means this key press on that platform. */
export function matchesAccelerator(
  accelerator: string,
  press: KeyPress,
  platform = process.platform,
): boolean {
  const parts = accelerator.toLowerCase().split('+');
  const last = parts.pop() || 'plus';
  const has = (...names: string[]): boolean => names.some((name) => parts.includes(name));
  const both = has('cmdorctrl', 'commandorcontrol');
  const mac = platform === 'darwin';
  const ctrl = has('ctrl', 'control') || (both && !mac);
  const meta = has('cmd', 'command', 'super', 'meta') || (both && mac);
  const key = press.key.toLowerCase();
  // Shift may be part of typing the sign itself: Ctrl and "+" is Ctrl+Shift+"=" on many keyboards.
  const shiftMatters = /^[a-z0-9]$|^f\d|..+/.test(key);
  return (
    ctrl === press.ctrl &&
    meta === press.meta &&
    has('alt', 'option') === press.alt &&
    (!shiftMatters || has('shift') === press.shift) &&
    (KEY_NAMES[last] ?? last) === key
  );
}

function press(menu: Menu, key: KeyPress, window: BrowserWindow): boolean {
  return menu.items.some((item) => {
    if (item.submenu) return press(item.submenu, key, window);
    if (!item.accelerator || !item.registerAccelerator || !item.enabled || !item.visible) return false;
    if (!matchesAccelerator(item.accelerator, key)) return false;
    item.click({ triggeredByAccelerator: true, shiftKey: key.shift, ctrlKey: key.ctrl }, window);
    return true;
  });
}

/** Clicks the first item of the application menu that the key belongs to. */
export function pressKey(key: KeyPress, window: BrowserWindow): boolean {
  const menu = Menu.getApplicationMenu();
  return menu !== null && press(menu, key, window);
}
