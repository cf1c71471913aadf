/** Colours that go on over lines: the SGR sequences in force, found in bytes without decoding them. */
import { skipEscape } from './cells.ts';

const ESC = 27;

/** The SGR sequences in force after `bytes`, when `style` was in force before them. */
export function styleAfter(style: string, bytes: Uint8Array): string {
  let result = style;
  let at = bytes.indexOf(ESC);
  while (at !== -1) {
    const end = skipEscape(bytes, at);
    if (bytes[at + 1] === 0x5b && bytes[end - 1] === 0x6d && end - at < 40) {
      const sequence = String.fromCharCode(...bytes.subarray(at, end));
      const parameters = sequence.slice(2, -1);
      if (parameters === '' || /^0*$/.test(parameters)) result = '';
      else if (/^0*;/.test(parameters)) result = sequence;
      else result = result.length < 120 ? result + sequence : sequence;
    }
    at = bytes.indexOf(ESC, Math.max(end, at + 1));
  }
  return result;
}

/** The styles of a buffer by number. Hostile output could make a new one for every line; beyond 4096, text has no colour. */
export class StyleTable {
  readonly #styles: string[] = [''];
  readonly #ids = new Map<string, number>([['', 0]]);

  /** The number of a style. */
  idOf(style: string): number {
    const known = this.#ids.get(style);
    if (known !== undefined) return known;
    if (this.#styles.length >= 4096) return 0;
    this.#styles.push(style);
    this.#ids.set(style, this.#styles.length - 1);
    return this.#styles.length - 1;
  }

  /** The style with a number. */
  of(id: number): string {
    return this.#styles[id] ?? '';
  }
}
