/** Colours and font of terminals from the interface's tokens, as they are in force now, and when they change. */
import type { ITheme } from '@xterm/xterm';

/** Where each colour comes from. Those of a dark theme that differ are below. */
const light = {
  background: 'var(--surface)',
  foreground: 'var(--text)',
  cursor: 'var(--text)',
  cursorAccent: 'var(--surface)',
  black: 'var(--text)',
  red: 'var(--ansi-red)',
  green: 'var(--ansi-green)',
  yellow: 'var(--ansi-yellow)',
  blue: 'var(--ansi-blue)',
  magenta: 'var(--ansi-magenta)',
  cyan: 'var(--ansi-cyan)',
  white: 'var(--line)',
  brightBlack: 'var(--control-border)',
  brightRed: 'var(--ansi-red)',
  brightGreen: 'var(--ansi-green)',
  brightYellow: 'var(--ansi-yellow)',
  brightBlue: 'var(--ansi-blue)',
  brightMagenta: 'var(--ansi-magenta)',
  brightCyan: 'var(--ansi-cyan)',
  brightWhite: 'var(--sunken)',
} as const satisfies ITheme;
const dark = { ...light, black: 'var(--sunken)', white: 'var(--muted)', brightWhite: 'var(--text)' } as const;

/** Queries whose answer decides about colours. */
const queries = ['(prefers-color-scheme: dark)', '(forced-colors: active)', '(prefers-contrast: more)'];

/** Reads colours by painting an element with them: xterm needs them resolved. */
class Palette {
  readonly #probe = document.createElement('span');

  constructor() {
    this.#probe.hidden = true;
    // Else every colour is the system's one text colour in forced colours.
    this.#probe.style.setProperty('forced-color-adjust', 'none');
    document.body.append(this.#probe);
  }

  /** Red, green, blue. */
  channels(colour: string): [number, number, number] {
    this.#probe.style.color = colour;
    const found = getComputedStyle(this.#probe).color.match(/[\d.]+/g) ?? [];
    const [red = 0, green = 0, blue = 0] = found.map(Number);
    return [red, green, blue];
  }

  resolve(colour: string): string {
    return `#${this.channels(colour)
      .map((value) => Math.round(value).toString(16).padStart(2, '0'))
      .join('')}`;
  }

  dispose(): void {
    this.#probe.remove();
  }
}

/** The theme now, and colours of search matches. */
export function readTheme(): { theme: ITheme; match: string; activeMatch: string } {
  const palette = new Palette();
  const brightness = (colour: string) => palette.channels(colour).reduce((sum, value) => sum + value, 0);
  const isDark = brightness(light.background) < brightness(light.foreground);
  const forced = matchMedia('(forced-colors: active)').matches;
  const [red, green, blue] = palette.channels('var(--accent)');
  const selection = forced
    ? {
        selectionBackground: palette.resolve('Highlight'),
        selectionForeground: palette.resolve('HighlightText'),
      }
    : { selectionBackground: `rgba(${red}, ${green}, ${blue}, 0.3)` };
  const colours = Object.entries(isDark ? dark : light).map(([name, colour]) => [
    name,
    palette.resolve(colour),
  ]);
  const [mr, mg, mb] = palette.channels('var(--muted)');
  const slider = (alpha: number) => `rgba(${mr}, ${mg}, ${mb}, ${alpha})`;
  const result = {
    theme: {
      ...Object.fromEntries(colours),
      ...selection,
      scrollbarSliderBackground: slider(0.4),
      scrollbarSliderHoverBackground: slider(0.6),
      scrollbarSliderActiveBackground: slider(0.8),
    } as ITheme,
    match: palette.resolve('var(--warn-soft)'),
    activeMatch: palette.resolve('var(--selected)'),
  };
  palette.dispose();
  return result;
}

/** Contrast that text has at least: more where the person asked for more. */
export function contrastRatio(setting: 'system' | 'more'): number {
  const more = setting === 'more' || queries.slice(1).some((query) => matchMedia(query).matches);
  return more ? 7 : 4.5;
}

/** The font of code. */
export function monoFont(): string {
  return getComputedStyle(document.documentElement).getPropertyValue('--font-mono').trim() || 'monospace';
}

/** Calls back when colours may have changed; returns the function that stops it. */
export function onThemeChange(listener: () => void): () => void {
  const lists = queries.map((query) => matchMedia(query));
  for (const list of lists) list.addEventListener('change', listener);
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, { attributes: true });
  return () => {
    for (const list of lists) list.removeEventListener('change', listener);
    observer.disconnect();
  };
}
