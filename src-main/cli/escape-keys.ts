/** The keys that leave a remote terminal from this side, as ssh has them: a tilde and a dot at the beginning of a line. */

const enter = new Set([0x0d, 0x0a]);
const tilde = 0x7e;
const dot = 0x2e;

/** Watches what is typed. Everything but the escape itself is passed on; `~~` passes on one tilde. */
export class EscapeKeys {
  #state: 'line-start' | 'tilde' | 'text' = 'line-start';
  #hasLeft = false;

  /** True once the keys were typed. */
  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  /** What of `bytes` is for the other side, and whether the person leaves. */
  take(bytes: Uint8Array): { keys: Uint8Array; leaves: boolean } {
    const keys: number[] = [];
    for (const byte of bytes) {
      if (this.#state === 'tilde') {
        if (byte === dot) {
          this.#hasLeft = true;
          return { keys: Uint8Array.from(keys), leaves: true };
        }
        keys.push(tilde);
        this.#state = 'text';
        if (byte === tilde) continue;
      } else if (this.#state === 'line-start' && byte === tilde) {
        this.#state = 'tilde';
        continue;
      }
      keys.push(byte);
      this.#state = enter.has(byte) ? 'line-start' : 'text';
    }
    return { keys: Uint8Array.from(keys), leaves: false };
  }
}
