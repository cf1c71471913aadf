/**
 * The secrets that are in this process's memory now, so that logging and error texts can be redacted by value. The values
 * never leave this object but as the text to look for.
 */

/** Shorter values would blacken half of every log; a credential this short protects nothing. */
const shortestValue = 4;
/** A fragment of base64 shorter than this is too common in ordinary text. */
const shortestFragment = 8;

/** See the file's first lines. One per process; whoever reads a secret adds it before using it. */
export class LiveSecrets {
  readonly #values = new Set<string>();
  #needles: readonly string[] | null = null;

  /** Remembers a value until the process ends: it may turn up in a late error. Empty and very short ones are ignored. */
  add(value: string): void {
    if (value.length < shortestValue || this.#values.has(value)) return;
    this.#values.add(value);
    this.#needles = null;
  }

  /** How many are known. */
  get size(): number {
    return this.#values.size;
  }

  /**
   * Every text that gives a known secret away: itself and its encodings (base64 wherever it starts in a longer text, URL,
   * form, JSON, hex). Longest first, so that the longest match is replaced as a whole.
   */
  needles(): readonly string[] {
    this.#needles ??= [...new Set([...this.#values].flatMap(formsOf))].sort((a, b) => b.length - a.length);
    return this.#needles;
  }

  /** `text` with every known secret replaced. */
  redact(text: string): string {
    let result = text;
    for (const needle of this.needles()) {
      if (result.includes(needle)) result = result.replaceAll(needle, '[redacted]');
    }
    return result;
  }
}

function formsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  const forms = [value, escapedForUrl(value), JSON.stringify(value).slice(1, -1), asciiJson(value)];
  forms.push(escapedForUrl(value).replaceAll('%20', '+'));
  forms.push(escapedForUrl(value).replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()));
  if (bytes.length >= shortestFragment / 2)
    forms.push(bytes.toString('hex'), bytes.toString('hex').toUpperCase());
  for (const fragment of base64Fragments(bytes)) {
    forms.push(fragment, fragment.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return forms.filter((form) => form.length >= shortestValue);
}

/** Lone surrogates, which encodeURIComponent refuses, become the replacement character that UTF-8 would carry. */
function escapedForUrl(value: string): string {
  return encodeURIComponent(value.toWellFormed());
}

/** JSON as Python and others write it: everything beyond ASCII escaped. */
function asciiJson(value: string): string {
  return JSON.stringify(value)
    .slice(1, -1)
    .replace(/[^\u0000-\u007f]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/**
 * What of the value's base64 is the same whatever stands before and after it: once for each of the three places in a group
 * of three bytes where it can start ("user:" + secret).
 */
function base64Fragments(bytes: Buffer): string[] {
  const fragments = [0, 1, 2].map((offset) => {
    const padded = Buffer.concat([Buffer.alloc(offset), bytes]);
    const first = offset === 0 ? 0 : offset + 1;
    const last = Math.floor((padded.length * 8) / 6);
    return padded.toString('base64').slice(first, last);
  });
  return fragments.filter((fragment) => fragment.length >= shortestFragment);
}
