/** Names of a sandbox as names of this computer: what a system refuses or a person would misread is replaced. Pure. */

/** Control characters, and those that turn the reading direction: "user\u202Etxt.exe" would look like a text. */
const unseen = /[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;
const longest = 180;

/** A safe name for `name` on `platform`. Never empty, never a way to another folder. */
export function safeLocalName(name: string, platform: NodeJS.Platform): string {
  let safe = name.replace(unseen, '_').replaceAll('/', '_');
  if (platform === 'win32') {
    safe = safe.replace(/[<>:"\\|?*]/g, '_').replace(/[. ]+$/, '_');
    if (/^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$/i.test(safe)) safe = `_${safe}`;
  }
  if (platform === 'darwin') safe = safe.replaceAll(':', '_');
  if (safe === '' || safe === '.' || safe === '..') safe = safe.replaceAll('.', '_') || '_';
  return shortened(safe);
}

/** `name`, or the first of "name (2)", "name (3)" that is not taken. Names that differ in case only are the same to some systems. */
export function freeName(name: string, isTaken: (name: string) => boolean): string {
  if (!isTaken(name)) return name;
  const dot = name.lastIndexOf('.');
  const [stem, end] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  for (let number = 2; ; number += 1) {
    const candidate = `${stem} (${number})${end}`;
    if (!isTaken(candidate)) return candidate;
  }
}

/** Keeps the ending, which says what opens it. */
function shortened(name: string): string {
  if (Buffer.byteLength(name) <= longest) return name;
  const dot = name.lastIndexOf('.');
  const end = dot > 0 && name.length - dot <= 12 ? name.slice(dot) : '';
  let stem = name.slice(0, name.length - end.length);
  while (Buffer.byteLength(stem) + Buffer.byteLength(end) > longest) stem = [...stem].slice(0, -1).join('');
  return `${stem}${end}`;
}
