/** One row of output as spans: ANSI colours through anser to classes, everything else that could mislead made visible. */
import Anser from 'anser';
import { cssOf, type Rgb, readable } from './contrast.ts';

/** A run of text with one look. `color`/`background` are CSS colours for 256-colour and true-colour text. */
export interface Span {
  text: string;
  className: string;
  color?: string;
  background?: string;
  /** https address that the text is. */
  link?: string;
  /** Part of what a person searches for. */
  match?: boolean;
}

/** Direction overrides and isolates: they make text read differently from what it is. */
const bidi = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
/** String sequences (titles, links, clipboard) and every escape sequence that is not a colour. */
const strings = /\u001b[\]PX^_][\s\S]*?(?:\u0007|\u001b\\|$)/g;
const notColours = /\u001b(?:\[[0-?]*[ -/]*[@-ln-~]|[@-Z\\^_a-z])/g;
const controls = /[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f]/g;

/** Text without escape sequences; direction controls and control characters become visible. */
export function plainText(text: string): string {
  return visible(
    stripNonColours(text)
      .replace(/\u001b\[[0-?]*[ -/]*m/g, '')
      .replaceAll('\u001b', ''),
  );
}

/** The spans of one row. `style` holds the SGR sequences in force at its start. */
export function spansOf(text: string, style: string): Span[] {
  if (style === '' && !text.includes('\u001b')) {
    return text === '' ? [] : [{ text: visible(text), className: '' }];
  }
  const entries = Anser.ansiToJson(style + stripNonColours(text), { use_classes: true, remove_empty: true });
  return entries
    .filter((entry) => entry.content !== '')
    .map((entry) => {
      const span: Span = {
        text: visible(entry.content.replaceAll('\u001b', '')),
        className: classesOf(entry.fg, entry.decorations),
      };
      const background = rgbOf(entry.bg, entry.bg_truecolor);
      const color = readable(rgbOf(entry.fg, entry.fg_truecolor), background);
      if (color) span.color = color;
      if (background) span.background = cssOf(background);
      else if (namedBackground(entry.bg)) span.background = namedBackground(entry.bg) ?? '';
      return span;
    });
}

function stripNonColours(text: string): string {
  return text.replace(strings, '').replace(notColours, '');
}

function visible(text: string): string {
  return text
    .replace(
      bidi,
      (character) => `\u27e8U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()}\u27e9`,
    )
    .replace(controls, '');
}

function classesOf(foreground: string | null, decorations: string[]): string {
  const classes = decorations.map((decoration) => `ansi-${decoration}`);
  if (foreground && /^ansi-(bright-)?[a-z]+$/.test(foreground) && foreground !== 'ansi-truecolor') {
    classes.push(`${foreground}-fg`);
  }
  return classes.join(' ');
}

/** A named background as the token of that colour, softened by the style sheet's mix. */
function namedBackground(name: string | null): string | undefined {
  const match = /^ansi-(?:bright-)?(black|red|green|yellow|blue|magenta|cyan|white)$/.exec(name ?? '');
  return match ? `color-mix(in srgb, var(--ansi-${match[1]}) 28%, transparent)` : undefined;
}

function rgbOf(name: string | null, trueColor: string | null): Rgb | null {
  const parts = /^(\d{1,3}), ?(\d{1,3}), ?(\d{1,3})$/.exec(trueColor ?? '');
  if (parts) return [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  const palette = /^ansi-palette-(\d{1,3})$/.exec(name ?? '');
  return palette ? paletteColor(Number(palette[1])) : null;
}

/** The xterm palette: 16-231 are a 6x6x6 cube, 232-255 greys. */
export function paletteColor(index: number): Rgb | null {
  if (index >= 232 && index <= 255) {
    const grey = 8 + (index - 232) * 10;
    return [grey, grey, grey];
  }
  if (index < 16 || index > 231) return null;
  const level = (n: number) => (n === 0 ? 0 : 55 + n * 40);
  const cube = index - 16;
  return [level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)];
}
