/** Small arithmetic for measurements. */

/** Middle, and the value that nine of ten stay below. */
export interface Spread {
  median: number;
  p90: number;
}

/** Spread of some times. */
export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
  return { median: at(0.5), p90: at(0.9) };
}

/** "1.23 ms (p90 4.56)". */
export function ms({ median, p90 }: Spread): string {
  return `${format(median)} ms (p90 ${format(p90)})`;
}

/** A number with three figures that matter. */
export function format(value: number): string {
  if (!Number.isFinite(value)) return '?';
  return Math.abs(value) >= 100 ? String(Math.round(value)) : value.toPrecision(3);
}

/** Time of one call in ms. */
export async function time(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
