/**
 * The canary: one secret for a whole run of the suite. `npm test` makes it and sets SPECBOARD_CANARY; the E2B test servers take
 * it as their key, so that every test that connects uses it; and every data folder, every output of the command line and all
 * that the run leaves behind is searched for it. It must be nowhere (docs/security.md).
 */
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, lstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';

const ownCanary = newCanary();

/** A fresh secret that looks like an E2B key. */
export function newCanary(): string {
  return `e2b_${randomBytes(20).toString('hex')}`;
}

/** The canary of this run; one of this process's own where a test runs by itself. */
export function canaryOf(env: Readonly<Record<string, string | undefined>>): string {
  return env.SPECBOARD_CANARY || ownCanary;
}

/**
 * The forms in which a secret could have got somewhere: as it is, URL-encoded, hexadecimal, UTF-16 as Chromium and Windows
 * store text, and in base64 wherever it starts in a longer text ("user:" + secret).
 */
export function formsOf(secret: string): Buffer[] {
  const plain = Buffer.from(secret);
  const base64 = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), plain]).toString('base64');
    // What the bytes before and after it decide is cut away.
    return text.slice(offset === 0 ? 0 : offset + 1, Math.floor(((offset + plain.length) * 8) / 6));
  });
  const forms = [secret, encodeURIComponent(secret), plain.toString('hex'), ...base64];
  forms.push(...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')));
  return [...[...new Set(forms)].map((form) => Buffer.from(form)), Buffer.from(secret, 'utf16le')];
}

/** True where the bytes hold the secret in one of its forms. */
export function holdsSecret(bytes: Buffer, secret: string): boolean {
  return formsOf(secret).some((form) => bytes.includes(form));
}

/** Files below these folders that hold the secret. Links are not followed; what is removed meanwhile is passed over. */
export function scanForCanary(folders: readonly string[], secret = canaryOf(process.env)): string[] {
  return folders
    .filter(existsSync)
    .flatMap((folder) => filesBelow(folder).filter((file) => fileHolds(file, secret)));
}

function filesBelow(path: string): string[] {
  try {
    const found = lstatSync(path);
    if (found.isDirectory()) return readdirSync(path).flatMap((name) => filesBelow(join(path, name)));
    return found.isFile() ? [path] : [];
  } catch {
    return [];
  }
}

/** In pieces that overlap, so that a secret across a border is seen and a large file costs no memory. */
function fileHolds(path: string, secret: string): boolean {
  const overlap = secret.length * 2;
  const piece = Buffer.alloc(4_194_304);
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    for (let at = 0; ; ) {
      const read = readSync(file, piece, 0, piece.length, at);
      if (holdsSecret(piece.subarray(0, read), secret)) return true;
      if (read < piece.length) return false;
      at += read - overlap;
    }
  } catch {
    return false;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
