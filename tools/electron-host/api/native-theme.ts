// nativeTheme: light or dark, told to every page as prefers-color-scheme.
import type * as Electron from 'electron';
import { strictEmitter } from '../strict.ts';
import { contents } from './registry.ts';

type Members = Pick<
  Electron.NativeTheme,
  | ('themeSource' | 'shouldUseDarkColors' | 'shouldUseHighContrastColors' | 'prefersReducedTransparency')
  | ('shouldUseInvertedColorScheme' | 'inForcedColorsMode' | 'shouldUseDarkColorsForSystemIntegratedUI')
>;

class HostNativeTheme extends strictEmitter('NativeTheme') implements Members {
  readonly shouldUseHighContrastColors = false;
  readonly shouldUseInvertedColorScheme = false;
  readonly prefersReducedTransparency = false;
  readonly inForcedColorsMode = false;
  #source: Electron.NativeTheme['themeSource'] = 'system';
  #systemIsDark = false;

  get themeSource(): Electron.NativeTheme['themeSource'] {
    return this.#source;
  }

  set themeSource(source: Electron.NativeTheme['themeSource']) {
    if (!['system', 'light', 'dark'].includes(source)) throw new TypeError(`Invalid themeSource: ${source}`);
    this.#source = source;
    for (const one of contents) one.link.session?.tell('Emulation.setEmulatedMedia', this.media());
    this.emit('updated');
  }

  get shouldUseDarkColors(): boolean {
    return this.#source === 'dark' || (this.#source === 'system' && this.#systemIsDark);
  }

  get shouldUseDarkColorsForSystemIntegratedUI(): boolean {
    return this.#systemIsDark;
  }

  /** The parameters for Emulation.setEmulatedMedia; with `system`, the page sees what Chromium sees. */
  media(): { features: { name: string; value: string }[] } {
    const value = this.#source === 'system' ? '' : this.#source;
    return { features: [{ name: 'prefers-color-scheme', value }] };
  }

  /** A page said what its system prefers. */
  systemSaid(dark: boolean): void {
    if (this.#source !== 'system' || dark === this.#systemIsDark) return;
    this.#systemIsDark = dark;
    this.emit('updated');
  }
}

/** The `nativeTheme` module. */
export const nativeTheme = new HostNativeTheme();
