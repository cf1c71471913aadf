// Where Chromium keeps its profile: userData/chromium when the app has a data folder of its own, else a temp folder that
// is removed at the end. Temp folders of processes that were killed are swept at the next start.
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../api/single-instance.ts';

/** Temp folders of this host are called <prefix><pid>-<random>. */
export const TEMP_PREFIX = 'electron-host-';

/** A profile folder in use. */
export interface Profile {
  folder: string;
  /** Removed at the end. */
  temporary: boolean;
  /** Frees it, and removes a temporary one; Chromium must be gone. */
  release(): void;
}

/** A fresh temp folder that later hosts can recognise as left behind. */
export function makeTempFolder(): string {
  return mkdtempSync(path.join(tmpdir(), `${TEMP_PREFIX}${process.pid}-`));
}

/** Removes temp folders whose process is gone. Errors do not matter: the next start tries again. */
export async function sweepTempFolders(parent = tmpdir()): Promise<void> {
  for (const name of readdirSync(parent)) {
    const pid = new RegExp(`^${TEMP_PREFIX}(\\d+)-`).exec(name)?.[1];
    if (!pid || isAlive(Number(pid))) continue;
    await rm(path.join(parent, name), { recursive: true, force: true }).catch(() => {});
  }
}

function temporaryProfile(): Profile {
  const folder = makeTempFolder();
  const release = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  return { folder, temporary: true, release };
}

/** The pid of the Chromium that holds the profile, or 0. Only Linux and macOS leave this link. */
function holder(folder: string): number {
  try {
    return Number(/-(\d+)$/.exec(readlinkSync(path.join(folder, 'SingletonLock')))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/**
 * Takes the profile for this process. `userData` is null when the app has no data folder of its own. A folder that
 * another running host uses is not shared (Chromium would hand over to the other): a temporary one is used instead.
 */
export async function takeProfile(userData: string | null): Promise<Profile> {
  if (userData === null) return temporaryProfile();
  const folder = path.join(userData, 'chromium');
  const pidFile = path.join(folder, 'host.pid');
  mkdirSync(folder, { recursive: true });
  try {
    const other = Number(readFileSync(pidFile, 'utf8'));
    if (other !== process.pid && isAlive(other)) return temporaryProfile();
  } catch {
    // nobody was here before
  }
  writeFileSync(pidFile, String(process.pid));
  // The Chromium of a host that was killed needs a moment to notice that its pipe is gone.
  for (let waited = 0; waited < 5000 && isAlive(holder(folder)); waited += 50) await sleep(50);
  if (isAlive(holder(folder))) {
    rmSync(pidFile, { force: true });
    return temporaryProfile();
  }
  return { folder, temporary: false, release: () => rmSync(pidFile, { force: true }) };
}
