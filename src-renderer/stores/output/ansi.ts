/** One row of output as spans: ANSI colours through anser to classes, everything else that could mislead made visible. */
import Anser from 'anser';

/** A run of text with one look. `color`/`background` are CSS colours for 256-colour and true-colour text. */
export interface Span {
  text: string;
  className: string;
  color?: string;
  background?: string;
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
      const color = colorOf(entry.fg, entry.fg_truecolor);
      const background = colorOf(entry.bg, entry.bg_truecolor) ?? namedBackground(entry.bg);
      if (color) span.color = color;
      if (background) span.background = background;
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

function colorOf(name: string | null, trueColor: string | null): string | undefined {
  if (trueColor && /^\d{1,3}, ?\d{1,3}, ?\d{1,3}$/.test(trueColor)) return `rgb(${trueColor})`;
  const palette = /^ansi-palette-(\d{1,3})$/.exec(name ?? '');
  return palette ? paletteColor(Number(palette[1])) : undefined;
}

/** The xterm palette: 16-231 are a 6x6x6 cube, 232-255 greys. */
export function paletteColor(index: number): string | undefined {
  if (index >= 232 && index <= 255) {
    const grey = 8 + (index - 232) * 10;
    return `rgb(${grey}, ${grey}, ${grey})`;
  }
  if (index < 16 || index > 231) return undefined;
  const level = (n: number) => (n === 0 ? 0 : 55 + n * 40);
  const cube = index - 16;
  const [red, green, blue] = [level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)];
  return `rgb(${red}, ${green}, ${blue})`;
}
