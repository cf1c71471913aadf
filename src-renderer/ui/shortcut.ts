/** Shortcuts as the person's system writes them. */

/** In the order in which Apple writes them. */
const macModifiers: readonly [string, string][] = [
  ['Ctrl+', '⌃'],
  ['Alt+', '⌥'],
  ['Shift+', '⇧'],
  ['Mod+', '⌘'],
];

/** `Mod+Enter` -> "⌘⏎" on macOS, "Ctrl+Enter" elsewhere. */
export function shortcut(platform: string, keys: string): string {
  if (platform !== 'darwin') return keys.replaceAll('Mod', 'Ctrl');
  const modifiers = macModifiers.flatMap(([name, sign]) => (keys.includes(name) ? sign : []));
  const key = macModifiers.reduce((text, [name]) => text.replace(name, ''), keys);
  return `${modifiers.join('')}${key.replace('Enter', '⏎')}`;
}
