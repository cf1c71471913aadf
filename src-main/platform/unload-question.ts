/**
 * A page that holds texts which are not saved does not let itself be closed or reloaded: what was wanted, whether the person is
 * being asked, and that it goes on after their word. Pure, no electron.
 */

/** See the head of the file. */
export class UnloadQuestion {
  #state: 'none' | 'asking' | 'discard' = 'none';
  #isClosing = false;

  /** The window is about to close: the page is asked next. */
  closing(): void {
    this.#isClosing = true;
  }

  /** The page held back. What was wanted, to ask about; `asking`: somebody is asked already; `go`: the person said so. */
  held(): 'close' | 'reload' | 'asking' | 'go' {
    const wanted = this.#isClosing ? 'close' : 'reload';
    this.#isClosing = false;
    if (this.#state === 'discard') return 'go';
    if (this.#state === 'asking') return 'asking';
    this.#state = 'asking';
    return wanted;
  }

  /** Takes the person's answer and gives it back. */
  answered(discard: boolean): boolean {
    this.#state = discard ? 'discard' : 'none';
    return discard;
  }

  /** Another page is there: its texts are asked about anew. */
  done(): void {
    this.#state = 'none';
    this.#isClosing = false;
  }
}
