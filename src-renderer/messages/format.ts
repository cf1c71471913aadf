/** Numbers, sizes and times in words of the person's language. Pure; no clock inside. */
import { formatClockDuration } from '../../src-shared/lib/duration.ts';

export { formatClockDuration };

const decimal = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat();
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const clockSeconds = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
const dayAndTime = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});

/** `1234567` -> "1,234,567". */
export function formatCount(value: number): string {
  return whole.format(value);
}

/** Bytes -> "812 B", "1.2 MB" (1 KB = 1024 B). */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const number = unit === 0 ? whole.format(Math.round(value)) : decimal.format(value);
  return `${number} ${units[unit]}`;
}

/** ms -> "4 ms", "0.8 s", "12 s", "4:12", "1:02:03". */
export function formatDuration(ms: number): string {
  const clamped = Math.max(0, ms);
  if (clamped < 100) return `${Math.round(clamped)} ms`;
  if (clamped < 10_000) return `${decimal.format(Math.round(clamped / 100) / 10)} s`;
  if (clamped < 60_000) return `${Math.floor(clamped / 1000)} s`;
  return formatClockDuration(clamped);
}

/** ms since the epoch -> "10:42". */
export function formatTime(at: number): string {
  return clock.format(at);
}

/** ms since the epoch -> "10:42:07". */
export function formatTimeSeconds(at: number): string {
  return clockSeconds.format(at);
}

/** ms since the epoch -> "3 Nov 2026". */
export function formatDay(at: number): string {
  return day.format(at);
}

/** ms since the epoch -> "10:42" for the same day as `now`, else "3 Nov, 10:42". */
export function formatWhen(at: number, now: number): string {
  return day.format(at) === day.format(now) ? clock.format(at) : dayAndTime.format(at);
}

/** 38.2 -> "38%". */
export function formatPercent(value: number): string {
  return `${whole.format(Math.round(value))}%`;
}
