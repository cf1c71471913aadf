// app.requestSingleInstanceLock: a pid file in userData, and a drop box that the first instance watches. Synchronous.
import { type FSWatcher, mkdirSync, readFileSync, renameSync, rmSync, watch, writeFileSync } from 'node:fs';
import path from 'node:path';

/** What a second instance leaves for the first. */
export interface SecondInstance {
  argv: string[];
  cwd: string;
  data: unknown;
}

/** A held lock. */
export interface InstanceLock {
  /** Frees it for another process. */
  release(): void;
}

/** True if a process with this id runs. */
export function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Takes the lock in `folder` and hears of later instances; or leaves `message` for its holder and returns null. */
export function takeInstanceLock(
  folder: string,
  message: SecondInstance,
  heard: (second: SecondInstance) => void,
): InstanceLock | null {
  const box = path.join(folder, 'host-instance');
  const pidFile = path.join(box, 'pid');
  mkdirSync(box, { recursive: true });
  for (;;) {
    try {
      writeFileSync(pidFile, String(process.pid), { flag: 'wx' });
      break;
    } catch {
      const pid = Number(readFileSync(pidFile, 'utf8'));
      if (isAlive(pid)) {
        const draft = path.join(box, `${process.pid}.tmp`);
        writeFileSync(draft, JSON.stringify(message));
        renameSync(draft, path.join(box, `${process.pid}.msg`)); // complete before it is seen
        return null;
      }
      rmSync(pidFile, { force: true });
    }
  }
  const watcher: FSWatcher = watch(box, (_event, name) => {
    if (!name?.endsWith('.msg')) return;
    try {
      const file = path.join(box, name);
      const second = JSON.parse(readFileSync(file, 'utf8')) as SecondInstance;
      rmSync(file);
      heard(second);
    } catch {
      // already taken by the previous event for the same file
    }
  });
  watcher.unref();
  const release = (): void => {
    watcher.close();
    rmSync(pidFile, { force: true });
  };
  process.on('exit', release);
  return { release };
}
