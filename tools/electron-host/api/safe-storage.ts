// safeStorage with a key file in userData: good for tests, not for secrets (`basic_text`, as Electron calls that).

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type * as Electron from 'electron';
import { strictModule } from '../strict.ts';
import { app } from './app.ts';

const PREFIX = Buffer.from('v10');

function key(): Buffer {
  const file = path.join(app.getPath('userData'), 'host-safe-storage.key');
  if (!existsSync(file)) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, randomBytes(32), { mode: 0o600 });
  }
  return readFileSync(file);
}

function encryptString(plainText: string): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key(), nonce);
  const body = Buffer.concat([cipher.update(plainText, 'utf8'), cipher.final()]);
  return Buffer.concat([PREFIX, nonce, cipher.getAuthTag(), body]);
}

function decryptString(encrypted: Buffer): string {
  if (!encrypted.subarray(0, 3).equals(PREFIX)) {
    throw new Error('Error while decrypting the ciphertext provided to safeStorage.decryptString.');
  }
  const decipher = createDecipheriv('aes-256-gcm', key(), encrypted.subarray(3, 15));
  decipher.setAuthTag(encrypted.subarray(15, 31));
  return Buffer.concat([decipher.update(encrypted.subarray(31)), decipher.final()]).toString('utf8');
}

/** The `safeStorage` module. */
export const safeStorage = strictModule('safeStorage', 'SafeStorage', {
  isEncryptionAvailable: () => true,
  isAsyncEncryptionAvailable: () => Promise.resolve(true),
  getSelectedStorageBackend: () => 'basic_text' as const,
  encryptString,
  decryptString,
  encryptStringAsync: async (plainText: string) => encryptString(plainText),
  decryptStringAsync: async (encrypted: Buffer) => ({
    result: decryptString(encrypted),
    shouldReEncrypt: false,
  }),
} satisfies Partial<Electron.SafeStorage>);
