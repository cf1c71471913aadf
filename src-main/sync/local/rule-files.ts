/**
 * The exclusion files that a scan comes by. One that cannot be read, or is too large, must not mean that nothing is left out: what it
 * keeps back (secrets, gigabytes) would travel. Its folder takes no part then.
 */
import { closeSync, type Dirent, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeRuleText } from '../rules/byte-text.ts';
import { chooseRules, countsAsRules } from '../rules/choose-rules.ts';
import {
  type ExclusionRules,
  exclusionFiles,
  exclusionSource,
  type RuleText,
} from '../rules/exclusion-rules.ts';
import type { ExclusionChoice } from '../sides.ts';
import type { Job } from '../worker/job.ts';
import { codeOf, isGone } from './file-errors.ts';
import { readFlags } from './hash-file.ts';
import type { LocalPlace } from './place.ts';

/** Bytes of one file, and of all in a root. */
export const mostRuleBytes = 256 * 1024;
const mostRuleBytesInAll = 4 * 1024 * 1024;

/** See the file's head. One for a scan. */
export class RuleFiles {
  readonly #root: string;
  readonly #exclusions: ExclusionChoice;
  /** All that were read. */
  readonly texts: RuleText[] = [];
  #bytes = 0;

  constructor(root: string, exclusions: ExclusionChoice) {
    this.#root = root;
    this.#exclusions = exclusions;
  }

  /**
   * Those in a folder, or in words why they cannot be had. Plain files only: git does not follow links to them either.
   */
  read(folder: string, names: readonly Dirent[]): RuleText[] | string {
    const texts: RuleText[] = [];
    for (const name of exclusionFiles) {
      if (!countsAsRules(this.#exclusions, name)) continue;
      if (!names.some((dirent) => dirent.name === name && dirent.isFile())) continue;
      const bytes = readBytes(join(this.#root, folder, name));
      if (bytes === 'gone') continue;
      if (bytes === 'too-large') return `${name} is larger than 256 KB`;
      if (bytes === 'unreadable') return `${name} cannot be read`;
      this.#bytes += bytes.length;
      if (this.#bytes > mostRuleBytesInAll) return 'all of them together are larger than 4 MB';
      texts.push({ source: exclusionSource(folder, name), folder, text: decodeRuleText(bytes) });
    }
    this.texts.push(...texts);
    return texts;
  }
}

/** The rules that the root's own folder has; what keeps it from being synced is found by the scan. Job `localFirstRules`. */
export const firstRules: Job<{ place: LocalPlace; exclusions: ExclusionChoice }, ExclusionRules> = ({
  place,
  exclusions,
}) => {
  const files = new RuleFiles(place.root, exclusions);
  try {
    files.read('', readdirSync(place.root, { withFileTypes: true }));
  } catch {
    // The scan says it.
  }
  return chooseRules(exclusions, files.texts);
};

function readBytes(file: string): Buffer | 'gone' | 'too-large' | 'unreadable' {
  try {
    const descriptor = openSync(file, readFlags);
    try {
      const stat = fstatSync(descriptor);
      if (!stat.isFile()) return 'gone';
      if (stat.size > mostRuleBytes) return 'too-large';
      const bytes = readFileSync(descriptor);
      return bytes.length > mostRuleBytes ? 'too-large' : bytes;
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    // Gone, or a link by now: as if it had not been in the list.
    return isGone(error) || codeOf(error) === 'ELOOP' ? 'gone' : 'unreadable';
  }
}
