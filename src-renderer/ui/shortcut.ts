/** Shortcuts as the person's system writes them. */

/** `Mod+Enter` -> "⌘⏎" on macOS, "Ctrl+Enter" elsewhere. */
export function shortcut(platform: string, keys: string): string {
  if (platform !== 'darwin') return keys.replaceAll('Mod', 'Ctrl');
  return keys.replaceAll('Mod+', '⌘').replaceAll('Shift+', '⇧').replaceAll('Enter', '⏎');
}
