/**
 * Ends this process even where the keyring holds one of its threads: `process.exit` joins the thread pool first, which
 * takes until the prompt is answered (measured: 50 s with a service that hangs).
 */

/**
 * Does not return. Give what must be written its time before: nothing is flushed here. `isBlocked`: of the KeytarStore; where
 * it is false this is `process.exit(code)`.
 */
export function endProcess(code: number, isBlocked: boolean): never {
  if (isBlocked) {
    // Another program takes this process's place, and with it goes every thread; it only says the exit code.
    if (process.platform !== 'win32' && typeof process.execve === 'function') {
      try {
        process.execve('/bin/sh', ['sh', '-c', `exit ${Math.trunc(code) & 0xff}`], {});
      } catch {
        // Electron may not allow it.
      }
    }
    process.kill(process.pid, 'SIGKILL');
  }
  process.exit(code);
}
