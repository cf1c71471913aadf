/**
 * Looks at a root: every file, folder and link that takes part, with its hash. Synchronous calls in the worker: for ten thousand
 * files that takes a fifth of what calls in parallel take. Job `localScan`.
 */
import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { type Dirent, lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import { sep } from 'node:path';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { chooseRules, chosenLists } from '../rules/choose-rules.ts';
import { type FolderRules, startRules } from '../rules/compile-rules.ts';
import type { ExclusionRules } from '../rules/exclusion-rules.ts';
import { checkPath, checkWindowsName, linkStaysInside } from '../rules/names.ts';
import type { ExclusionChoice } from '../sides.ts';
import { isStateFolder } from '../state-folder.ts';
import type { Excluded, Unusable, UnusableReason } from '../types.ts';
import type { Job, JobContext } from '../worker/job.ts';
import { isGone, reasonOf, rootProblem } from './file-errors.ts';
import { hashFile, hashText } from './hash-file.ts';
import { identityOf, rootStat } from './open-root.ts';
import type { LocalPlace } from './place.ts';
import { RuleFiles } from './rule-files.ts';
import { readCache, writeCache } from './scan-cache.ts';
import { packReply, type ScanReply } from './scan-reply.ts';
import { ScanRows } from './scan-rows.ts';

/** What is to be looked at, and how. */
export interface ScanInput {
  readonly place: LocalPlace;
  /** Hash everything, whatever size and times say. */
  readonly checksum: boolean;
  readonly exclusions: ExclusionChoice;
  /** Id of the scan that the asking side remembers; only the difference is told then. */
  readonly have: string;
  /** ms since the epoch, when the scan was asked for. */
  readonly now: number;
}

/** A change within so many ms of hashing may not show in a file's times. */
export const racyMs = 2000;
/** Excluded paths that are told one by one. */
const mostExcluded = 1000;

/** See the file's first lines. Throws where the root itself cannot be read: that is never an empty tree. */
export const scanRoot: Job<ScanInput, ScanReply> = (input, context) => {
  const walk = new Walk(input, context);
  try {
    return walk.run();
  } finally {
    walk.free();
  }
};

class Walk {
  readonly #input: ScanInput;
  readonly #context: JobContext;
  /** `join` for every file takes longer than looking at it. */
  readonly #prefix: string;
  readonly #old: ScanRows;
  readonly #oldId: string;
  /** Null as long as all is as in the last scan, row by row: then nothing has to be made. */
  #rows: ScanRows | null = null;
  /** So many rows were found, while there are no rows. */
  #same = 0;
  /** Rows of the last scan that were found again. */
  readonly #found: Uint8Array;
  /** Rows to tell to a side that has the last scan. */
  readonly #told: number[] = [];
  readonly #unusable: Unusable[] = [];
  readonly #excluded: Excluded[] = [];
  #excludedCount = 0;
  readonly #ruleFiles: RuleFiles;
  #hashed = 0;
  #device = 0;
  #looked = 0;

  constructor(input: ScanInput, context: JobContext) {
    this.#input = input;
    this.#context = context;
    this.#prefix = input.place.root.endsWith(sep) ? input.place.root : input.place.root + sep;
    const { id, rows } = readCache(input.place);
    this.#old = rows;
    this.#oldId = id;
    this.#found = new Uint8Array(rows.count);
    this.#ruleFiles = new RuleFiles(input.place.root, input.exclusions);
  }

  run(): ScanReply {
    const { place, exclusions } = this.#input;
    const before = rootStat(place.root);
    if (identityOf(before) !== place.identity) throw replaced(place.root);
    this.#device = before.dev;
    try {
      const names = this.#names('', place.root);
      const texts = this.#ruleFiles.read('', names);
      if (typeof texts === 'string') throw noRules(place.root, texts);
      this.#folder('', names, startRules([...chosenLists(exclusions), ...texts]));
    } catch (error) {
      this.#keepWork();
      throw error instanceof SpecboardError || error instanceof DOMException
        ? error
        : rootProblem(error, place.root);
    }
    // A volume that went away meanwhile looks like an emptied folder.
    if (identityOf(rootStat(place.root)) !== place.identity) throw replaced(place.root);
    return this.#reply(chooseRules(exclusions, this.#ruleFiles.texts));
  }

  /** Rows of a large tree are not left to garbage collection, which knows nothing of their size. */
  free(): void {
    this.#old.free();
    this.#rows?.free();
  }

  #reply(rules: ExclusionRules): ScanReply {
    const gone: string[] = [];
    for (let row = 0; row < this.#old.count; row += 1)
      if (this.#found[row] === 0) gone.push(this.#old.paths[row] ?? '');
    const rows = this.#rows ?? (this.#same < this.#old.count ? this.#ownRows() : this.#old);
    let id = this.#oldId;
    if (rows !== this.#old || id === '') {
      id = randomUUID();
      writeCache(this.#input.place, { id, rows });
    }
    const known = this.#oldId !== '' && this.#input.have === this.#oldId;
    return {
      id,
      ...packReply(rows, known ? this.#told : null),
      base: known ? this.#oldId : null,
      gone: known ? gone : [],
      unusable: this.#unusable,
      excluded: this.#excluded,
      excludedCount: this.#excludedCount,
      rules,
      hashed: this.#hashed,
    };
  }

  /** What was hashed until the scan was stopped need not be hashed again. */
  #keepWork(): void {
    if (this.#hashed === 0) return;
    const rows = this.#ownRows();
    for (let row = 0; row < this.#old.count; row += 1) if (this.#found[row] === 0) rows.copy(this.#old, row);
    writeCache(this.#input.place, { id: '', rows });
  }

  #ownRows(): ScanRows {
    this.#rows ??= ScanRows.beginning(this.#old, this.#same);
    return this.#rows;
  }

  /** A row of the last scan that is exactly as it was. */
  #again(row: number): void {
    this.#found[row] = 1;
    if (this.#rows === null && row === this.#same) this.#same += 1;
    else this.#ownRows().copy(this.#old, row);
  }

  #folder(folder: string, names: readonly Dirent[], rules: FolderRules): void {
    const { place } = this.#input;
    const parent = folder === '' ? '' : `${folder}/`;
    for (const dirent of names) {
      this.#looked += 1;
      if ((this.#looked & 255) === 0) this.#context.throwIfStopped();
      const path = parent + dirent.name;
      if (isStateFolder(dirent.name) || place.hidden.includes(path)) continue;
      const verdict = rules.verdict(dirent.name, dirent.isDirectory());
      if (verdict === null) this.#entry(path, dirent.name, rules);
      else {
        this.#excludedCount += 1;
        if (this.#excluded.length < mostExcluded)
          this.#excluded.push({ path, side: 'local', directory: dirent.isDirectory(), ...verdict });
      }
    }
  }

  #entry(path: string, name: string, rules: FolderRules): void {
    const { facts } = this.#input.place;
    const problem = checkPath(path) ?? (facts.windowsNames ? checkWindowsName(name) : null);
    if (problem !== null) {
      this.#refuse(path, problem);
      return;
    }
    const file = this.#prefix + path;
    let stat: Stats | undefined;
    try {
      stat = lstatSync(file, { throwIfNoEntry: false });
    } catch (error) {
      if (!isGone(error)) this.#refuse(path, readReason(error));
      return;
    }
    if (stat === undefined) return;
    if (stat.isFile()) this.#file(path, file, stat);
    else if (stat.isDirectory()) this.#enter(path, name, file, stat, rules);
    else if (stat.isSymbolicLink()) this.#link(path, file, stat);
    else this.#refuse(path, 'special-file');
  }

  #enter(path: string, name: string, file: string, stat: Stats, rules: FolderRules): void {
    if (stat.dev !== this.#device) {
      this.#refuse(path, 'other-volume');
      return;
    }
    let names: Dirent[];
    try {
      names = this.#names(path, file);
    } catch (error) {
      if (!isGone(error)) this.#refuse(path, readReason(error));
      return;
    }
    const texts = this.#ruleFiles.read(path, names);
    if (typeof texts === 'string') {
      this.#refuse(path, 'exclusions-not-read', texts);
      return;
    }
    this.#add(path, 1, stat, null, null, this.#old.find(path));
    this.#folder(path, names, rules.enter(name, texts));
  }

  #link(path: string, file: string, stat: Stats): void {
    let target: string;
    try {
      target = readlinkSync(file);
    } catch (error) {
      if (!isGone(error)) this.#refuse(path, readReason(error));
      return;
    }
    if (process.platform === 'win32') target = target.replaceAll('\\', '/');
    if (target.includes('\ufffd')) {
      this.#refuse(path, 'name-not-text');
      return;
    }
    if (!linkStaysInside(path, target)) {
      this.#refuse(path, 'link-leads-out', target.slice(0, 200));
      return;
    }
    this.#add(path, 2, stat, Buffer.from(hashText(target), 'hex'), target, this.#old.find(path));
  }

  #file(path: string, file: string, stat: Stats): void {
    const row = this.#old.find(path);
    if (row >= 0 && !this.#input.checksum && this.#old.isUnchanged(row, stat)) {
      this.#again(row);
      return;
    }
    const hashed = hashFile(file, this.#context);
    if (!hashed.ok) {
      if (hashed.reason !== 'gone') this.#refuse(path, hashed.reason);
      return;
    }
    this.#hashed += 1;
    const now = hashed.stat;
    const executable = this.#input.place.facts.executableBit && (now.mode & 0o100) !== 0 ? 4 : 0;
    const believed = now.ctimeMs + racyMs <= this.#input.now + this.#input.place.aheadMs ? 8 : 0;
    this.#add(path, executable | believed, now, Buffer.from(hashed.hash, 'hex'), null, row);
  }

  /** `old`: its row in the last scan, or -1. */
  #add(
    path: string,
    flags: number,
    stat: Stats,
    hash: Uint8Array | null,
    target: string | null,
    old: number,
  ): void {
    // What is no file says all in its flags and its hash.
    if (old >= 0 && (flags & 3) !== 0 && this.#old.isSame(old, flags, hash)) {
      this.#again(old);
      return;
    }
    const rows = this.#ownRows();
    const row = rows.count;
    // The same string as before: then only one of the two is in memory.
    rows.add(old < 0 ? path : (this.#old.paths[old] ?? path), flags, stat, hash, target);
    if (old >= 0) this.#found[old] = 1;
    if (old < 0 || !rows.saysTheSame(row, this.#old, old)) this.#told.push(row);
  }

  /**
   * What is in a folder. Names that are no UTF-8 come with a replacement character, as do those that really have one: where there
   * is one, the bytes are asked for.
   */
  #names(folder: string, file: string): Dirent[] {
    const names = readdirSync(file, { withFileTypes: true });
    if (!names.some(({ name }) => name.includes('\ufffd'))) return names;
    const real = new Set<string>();
    for (const bytes of readdirSync(file, { encoding: 'buffer' }))
      if (isUtf8(bytes)) real.add(bytes.toString('utf8'));
      else
        this.#refuse(
          folder === '' ? bytes.toString('utf8') : `${folder}/${bytes.toString('utf8')}`,
          'name-not-text',
        );
    return names.filter(({ name }) => real.has(name));
  }

  #refuse(path: string, reason: UnusableReason, detail?: string): void {
    this.#unusable.push({ path, side: 'local', reason, ...(detail === undefined ? {} : { detail }) });
  }
}

function readReason(error: unknown): UnusableReason {
  const reason = reasonOf(error, 'read');
  return reason === 'no-space' ? 'unreadable' : reason;
}

function noRules(root: string, why: string): SpecboardError {
  return new SpecboardError('invalid', `It is not known what is left out of the sync of ${root}: ${why}.`, {
    kept: 'Nothing was changed on either side.',
    hint: 'Make its .gitignore and .specboardignore readable and smaller, then sync again.',
  });
}

function replaced(root: string): SpecboardError {
  return new SpecboardError('not-found', `Another folder or disk stands at ${root} now.`, {
    kept: 'Nothing was changed on either side.',
    hint: 'Look whether it is the one you mean, then sync again.',
    retryable: true,
  });
}
