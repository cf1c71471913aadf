/** Colours that programs chose, made readable: moved towards black or white until the contrast is 4.5 : 1. */

/** Red, green, blue from 0 to 255. */
export type Rgb = readonly [number, number, number];

/** The lightest surface of the light theme's output and the darkest of the dark one (ui/tokens.css): window and surface lie between. */
const lightPaper: Rgb = [245, 246, 247];
const darkPaper: Rgb = [29, 32, 36];
const wanted = 4.5;

const black: Rgb = [0, 0, 0];
const white: Rgb = [255, 255, 255];
const cache = new Map<string, string>();

/** The CSS colour of text: on its own background where it has one, else one value for each theme. Null: the theme's text. */
export function readable(color: Rgb | null, background: Rgb | null): string | null {
  if (!color && !background) return null;
  const key = `${color ?? ''}/${background ?? ''}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const css = background
    ? cssOf(color ? towardsContrast(color, background) : better(background))
    : `light-dark(${cssOf(towardsContrast(color ?? black, lightPaper))}, ${cssOf(towardsContrast(color ?? white, darkPaper))})`;
  // Hostile output has millions of colours.
  if (cache.size > 2000) cache.clear();
  cache.set(key, css);
  return css;
}

/** `rgb(1, 2, 3)`. */
export function cssOf([red, green, blue]: Rgb): string {
  return `rgb(${red}, ${green}, ${blue})`;
}

/** The contrast of two colours by WCAG 2: from 1 to 21. */
export function contrastOf(a: Rgb, b: Rgb): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function towardsContrast(color: Rgb, paper: Rgb): Rgb {
  if (contrastOf(color, paper) >= wanted) return color;
  const target = better(paper);
  for (let step = 1; step <= 20; step += 1) {
    const share = step / 20;
    const mixed = color.map((value, i) => Math.round(value + ((target[i] ?? 0) - value) * share));
    const candidate: Rgb = [mixed[0] ?? 0, mixed[1] ?? 0, mixed[2] ?? 0];
    if (contrastOf(candidate, paper) >= wanted) return candidate;
  }
  return target;
}

function better(paper: Rgb): Rgb {
  return contrastOf(black, paper) >= contrastOf(white, paper) ? black : white;
}

function luminance(color: Rgb): number {
  const [red = 0, green = 0, blue = 0] = color.map((value) => {
    const part = Math.min(255, value) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
