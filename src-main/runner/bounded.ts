/** Work of others with a limit in time: whatever it does, somebody who waits for it goes on. */

/**
 * The work's outcome, or a rejection once `ms` are over or `parent` aborts; the work's signal aborts then, too. What comes of
 * it too late goes to `onLate`, so that it can be closed.
 */
export async function bounded<T>(
  work: (signal: AbortSignal) => Promise<T>,
  ms: number,
  parent: AbortSignal,
  onLate: (value: T) => void = () => {},
): Promise<T> {
  parent.throwIfAborted();
  const limit = new AbortController();
  const { promise, reject } = Promise.withResolvers<never>();
  const give = (reason: unknown): void => {
    limit.abort(reason);
    reject(reason);
  };
  const onAbort = (): void => give(parent.reason);
  parent.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => give(new DOMException('It took too long.', 'TimeoutError')), ms);
  timer.unref();
  const working = (async () => work(limit.signal))();
  try {
    return await Promise.race([working, promise]);
  } catch (error) {
    working.then(onLate, () => {});
    throw error;
  } finally {
    clearTimeout(timer);
    parent.removeEventListener('abort', onAbort);
  }
}
