/** How long connecting takes usually, by kind of sandbox: kept by the window, so that "longer than usual" is this person's usual. */

const key = 'specboard.connect-times';
/** Connects that count. */
const kept = 20;
/** Where there are too few to tell. */
const defaultMs = 15_000;
const enough = 3;

/** ms in which nineteen of twenty connects were done; a guess before there were some. */
export function usualConnectMs(driverType: string): number {
  const times = (read()[driverType] ?? []).toSorted((a, b) => a - b);
  if (times.length < enough) return defaultMs;
  return times[Math.min(times.length - 1, Math.ceil(times.length * 0.95) - 1)] ?? defaultMs;
}

/** A connect came to its end after so long. */
export function rememberConnect(driverType: string, ms: number): void {
  const all = read();
  const times = [...(all[driverType] ?? []), Math.max(0, Math.round(ms))].slice(-kept);
  try {
    localStorage.setItem(key, JSON.stringify({ ...all, [driverType]: times }));
  } catch {
    // Full or forbidden: the guess is good enough.
  }
}

function read(): Record<string, number[]> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key) ?? '{}');
    if (typeof value !== 'object' || value === null) return {};
    const entries = Object.entries(value).map(([name, times]) => [
      name,
      Array.isArray(times) ? times.filter((time) => typeof time === 'number') : [],
    ]);
    return Object.fromEntries(entries);
  } catch {
    return {};
  }
}
