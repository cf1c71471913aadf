/** Takes secrets out of vendor text before it goes behind "Details" or into a log. */

/** Longest text kept. */
const LIMIT = 2000;
/** Shapes of Daytona's keys and of what a vendor might echo from our headers. */
const SHAPES = [
  /\bdtn_[A-Za-z0-9]{6,}/g,
  /\beyJ[A-Za-z0-9_-]{10,}(\.[A-Za-z0-9_-]+)*/g,
  /\b(Bearer|Basic)\s+[A-Za-z0-9+/=._-]+/gi,
];

/** The text without the given secrets (also URL-encoded), without anything shaped like a key, and not too long. */
export function redact(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret.length < 4) continue;
    clean = clean.replaceAll(secret, '***').replaceAll(encodeURIComponent(secret), '***');
  }
  for (const shape of SHAPES) clean = clean.replace(shape, '***');
  return clean.length > LIMIT ? `${clean.slice(0, LIMIT)}...` : clean;
}
