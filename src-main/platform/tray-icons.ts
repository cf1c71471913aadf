/** Which image file shows a state, per system. Pure; tools/make-icons.ts draws exactly these files. */
import { join } from 'node:path';
import type { IconState } from './status-summary.ts';

/** What the choice depends on. */
export interface TrayIconContext {
  platform: NodeJS.Platform;
  /** Windows: the taskbar is dark (`nativeTheme.shouldUseDarkColorsForSystemIntegratedUI`, not the app's own theme). */
  darkTaskbar: boolean;
  /** Linux: `XDG_CURRENT_DESKTOP`. */
  desktop: string | undefined;
}

/**
 * The file, relative to the resources folder. macOS: a template image, which the system colours (its `@2x` file is found
 * by name). Windows: an .ico with all sizes, drawn for a light or a dark taskbar. Linux: a coloured PNG with an outline,
 * because the panel's colour is not known; 22 px on KDE and Unity, 24 px elsewhere.
 */
export function trayIconFile(state: IconState, context: TrayIconContext): string {
  switch (context.platform) {
    case 'darwin':
      return join('tray', 'macos', `${state}Template.png`);
    case 'win32':
      return join('tray', 'windows', `${state}-${context.darkTaskbar ? 'dark' : 'light'}.ico`);
    default:
      return join('tray', 'linux', `${state}-${linuxSize(context.desktop)}.png`);
  }
}

/** The window's icon on Linux, where the system does not take it from the executable. */
export function windowIconFile(): string {
  return join('icons', '256x256.png');
}

function linuxSize(desktop: string | undefined): 22 | 24 {
  return desktop !== undefined && /\b(?:kde|unity)\b/i.test(desktop) ? 22 : 24;
}
