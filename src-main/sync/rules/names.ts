/**
 * Which names and links can be synced, which are one and the same to a file system, and which run by themselves. A sandbox is not
 * believed: its names are checked when a scan comes, when a bundle comes, and in the kit, each by itself (the same table of
 * names tests all: tests/support/sync-names.ts).
 */
import { withoutIgnorable } from '../state-folder.ts';
import type { SideFacts, UnusableReason } from '../types.ts';
import { isAscii } from './byte-text.ts';

/** Bytes of a name, bytes of a path, folders in one another. */
export const nameLimits = { name: 255, path: 4096, depth: 128 } as const;

/** Why a path takes no part, whatever the system; null: nothing against it. Relative, with `/`. */
export function checkPath(path: string): UnusableReason | null {
  if (path === '' || path.startsWith('/') || path.includes('\0')) return 'hostile-name';
  const names = path.split('/');
  if (names.some((name) => name === '' || name === '.' || name === '..')) return 'hostile-name';
  if (!path.isWellFormed()) return 'name-not-text';
  // A character is three bytes at most (four for two), so that most need not be counted.
  const long = path.length * 3 > nameLimits.name;
  if (long && names.some((name) => bytesOf(name) > nameLimits.name)) return 'name-too-long';
  if (long && bytesOf(path) > nameLimits.path) return 'name-too-long';
  return names.length > nameLimits.depth ? 'too-deep' : null;
}

function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}

/** Whether Windows can have a name (one, without folders). */
export function checkWindowsName(name: string): UnusableReason | null {
  return whyNotOnWindows(name) === null ? null : 'name-not-possible';
}

const device = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])$/i;

/** One sentence that says why Windows cannot have a name; null: it can. */
export function whyNotOnWindows(name: string): string | null {
  const forbidden = /[<>:"|?*\\/]/.exec(name);
  if (forbidden) return `Windows allows no ${forbidden[0]} in a name.`;
  if (/[\x00-\x1f]/.test(name)) return 'Windows allows no control characters in a name.';
  if (/[. ]$/.test(name)) return 'Windows allows no dot or blank at the end of a name.';
  const stem = (name.split('.', 1)[0] ?? '').trimEnd();
  if (device.test(stem)) return `${stem} is the name of a device on Windows.`;
  // The short names under which Windows would open .git and our own state folder.
  if (/^(git|specbo)~\d+$/i.test(name)) return `Windows takes ${name} for the short name of another folder.`;
  return name.length > nameLimits.name ? 'Windows allows 255 characters in a name.' : null;
}

/**
 * Whether a link at `path` stays in the synced folder: relative, and up first, then down. `a/../b` is refused even where it looks
 * harmless, for `a` may be a link itself, and then `..` is elsewhere. Drive letters and backslashes would mean something on Windows.
 */
export function linkStaysInside(path: string, target: string): boolean {
  if (target === '' || target.startsWith('/') || !target.isWellFormed()) return false;
  if (/[\0\\]/.test(target) || /^[a-z]:/i.test(target) || bytesOf(target) >= nameLimits.path) return false;
  let up = 0;
  let isDown = false;
  for (const name of target.split('/')) {
    if (name === '' || name === '.') continue;
    if (name !== '..') isDown = true;
    else if (isDown) return false;
    else up += 1;
  }
  return up < path.split('/').length;
}

/** What a file system keeps apart. */
export type NameFacts = Pick<SideFacts, 'caseSensitive' | 'unicodeSensitive'>;

/** A name or path as a file system compares it: two with the same result are the same file there. */
export function foldName(name: string, facts: NameFacts): string {
  if (facts.caseSensitive && (facts.unicodeSensitive || isAscii(name))) return name;
  if (isAscii(name)) return name.toLowerCase();
  const spelled = facts.unicodeSensitive ? name : name.normalize('NFC');
  if (facts.caseSensitive) return spelled;
  let folded = '';
  for (const character of spelled) folded += foldCharacter(character);
  return facts.unicodeSensitive ? folded : folded.normalize('NFC');
}

/** Through upper case, because ſ and s, or ς and σ, only meet there; where that is several characters (ß), systems keep it as it is. */
function foldCharacter(character: string): string {
  const upper = character.toUpperCase();
  const lower = (upper.length === character.length ? upper : character).toLowerCase();
  return lower.length === character.length ? lower : character;
}

/**
 * Paths that a file system cannot have at the same time, in groups of two and more. Only the topmost: where two folders clash,
 * what is in them is not named.
 */
export function clashes(paths: Iterable<string>, facts: NameFacts): string[][] {
  if (facts.caseSensitive && facts.unicodeSensitive) return [];
  const groups = new Map<string, Set<string>>();
  for (const path of paths) {
    // Folders too, which need not be in the list themselves.
    for (let end = path.indexOf('/'); ; end = path.indexOf('/', end + 1)) {
      const part = end < 0 ? path : path.slice(0, end);
      const key = foldName(part, facts);
      const group = groups.get(key);
      if (group) group.add(part);
      else groups.set(key, new Set([part]));
      if (end < 0) break;
    }
  }
  const found: string[][] = [];
  for (const [key, group] of groups) {
    if (group.size < 2) continue;
    const cut = key.lastIndexOf('/');
    if (cut >= 0 && (groups.get(key.slice(0, cut))?.size ?? 0) > 1) continue;
    found.push([...group].sort());
  }
  return found;
}

/** Folders of which everything can run: editors' tasks, hooks, containers that are built on opening. */
const runningFolders = new Set(['.vscode', '.idea', '.fleet', '.zed', '.husky', '.devcontainer']);
/** Files that a shell, a package manager, an editor or a file manager takes up without being asked. */
const runningFiles =
  /^(\.envrc|\.npmrc|\.yarnrc(\..*)?|\.pnpmfile\.c?js|\.devcontainer\.json|desktop\.ini|autorun\.inf|\.git|.*\.(code-workspace|lnk|url|scf|library-ms|searchconnector-ms))$/;

/**
 * Whether a file would run something, or lead somewhere, without anybody asking for it: as a download it waits for the person.
 * Ask for files and links, not for folders. In any case of letters, since some systems do not tell them apart.
 */
export function runsByItself(path: string): boolean {
  const names = foldName(withoutIgnorable(path), { caseSensitive: false, unicodeSensitive: false }).split(
    '/',
  );
  const last = names.at(-1) ?? '';
  if (runningFiles.test(last) || names.some((name) => runningFolders.has(name))) return true;
  const git = names.indexOf('.git');
  return git >= 0 && (names.indexOf('hooks', git) >= 0 || /^config(\.worktree)?$/.test(last));
}

/**
 * The name of the sandbox's copy when both are kept: `model (sandbox 10-41-55).py`, by this computer's clock. `isTaken` says which
 * paths are not free; a number is added until one is. Shortened where a system would refuse it.
 */
export function bothName(path: string, at: number, isTaken: (path: string) => boolean): string {
  const cut = path.lastIndexOf('/') + 1;
  const folder = path.slice(0, cut);
  const name = path.slice(cut);
  const [, stem = name, end = ''] = /^(.+?)((?:\.tar)?\.[^. ]{1,16})$/su.exec(name) ?? [];
  const time = new Date(at);
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join('-');
  for (let number = 1; ; number += 1) {
    const mark = ` (sandbox ${clock}${number === 1 ? '' : ` ${number}`})${end}`;
    const room = Math.min(nameLimits.name, nameLimits.path - bytesOf(folder)) - bytesOf(mark);
    const candidate = `${folder}${cutToBytes(stem, room)}${mark}`;
    if (!isTaken(candidate)) return candidate;
  }
}

function cutToBytes(text: string, bytes: number): string {
  if (bytesOf(text) <= bytes) return text;
  let kept = '';
  let size = 0;
  for (const character of text) {
    size += bytesOf(character);
    if (size > bytes) break;
    kept += character;
  }
  return kept;
}
