/** Names of exported files: what any file system takes, whatever a profile is called. */

/** Unsafe characters become dashes; never empty, never a name that Windows keeps for devices. */
export function fileName(base: string, extension: string): string {
  const safe = base
    .normalize('NFC')
    .replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069<>:"/\\|?*]+/g, '-')
    .replace(/\s+/g, ' ')
    .replace(/^[ .-]+|[ .-]+$/g, '')
    .slice(0, 100);
  const device = /^(con|prn|aux|nul|com\d|lpt\d)$/i.test(safe);
  return `${safe === '' || device ? 'specboard' : safe}.${extension}`;
}

/** Time of day and date for a file name: "2026-11-29 20-04". */
export function fileTime(ms: number): string {
  const date = new Date(ms);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}-${two(date.getMinutes())}`;
}
