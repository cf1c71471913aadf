/** The time of a line: "10:42:07.125". Made by hand, because Intl is too slow for rows that change with every frame. */

/** `at` in ms since the epoch, in local time. */
export function clockTime(at: number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  const ms = String(date.getMilliseconds()).padStart(3, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`;
}

/** Characters that the time and its gap take. */
export const clockColumns = 14;
