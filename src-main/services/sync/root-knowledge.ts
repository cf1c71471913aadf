/** What this process knows of a root since it looked at it last: both trees, rules, what the sandbox can do, and counts. */
import type { Database } from '../../db/connection.ts';
import type { CyclePlan } from '../../sync/cycle/cycle-plan.ts';
import type { CycleResult } from '../../sync/cycle/cycle-types.ts';
import { SyncLook } from '../../sync/cycle/sync-look.ts';
import type { ExclusionRules } from '../../sync/rules/exclusion-rules.ts';
import type { RemoteFacts } from '../../sync/sides.ts';

/** See the file's first line. */
export class RootKnowledge {
  readonly #db: Pick<Database, 'syncManifest' | 'syncConflicts'>;
  #look: SyncLook | null = null;
  #problems: number | null = null;
  #rules: ExclusionRules | null = null;
  #remoteFacts: RemoteFacts | null = null;
  #counts = { files: 0, conflicts: 0 };

  constructor(db: Pick<Database, 'syncManifest' | 'syncConflicts'>) {
    this.#db = db;
  }

  /** Both sides as they were seen last. */
  get look(): SyncLook | null {
    return this.#look;
  }

  /** Paths that take no part, as of then. */
  get problems(): number | null {
    return this.#problems;
  }

  /** The rules of the latest scan. */
  get rules(): ExclusionRules | null {
    return this.#rules;
  }

  /** How the sandbox that is bound is reached; null before the first look at it. */
  get remoteFacts(): RemoteFacts | null {
    return this.#remoteFacts;
  }

  /** Files that both sides agree on, and conflicts that wait, as stored. */
  get counts(): { files: number; conflicts: number } {
    return this.#counts;
  }

  /** What somebody looked at. */
  notePlan({ compared, scans }: CyclePlan, at: number): void {
    const excluded = [...scans.local.excluded, ...scans.remote.excluded];
    this.#look = new SyncLook({ ...compared, at, excluded });
    this.#problems = compared.unusable.length;
    this.#rules = scans.rules;
    this.#remoteFacts = scans.remoteFacts;
  }

  /** What a cycle saw, as far as it came. */
  noteResult({ look, rules, remoteFacts, unusable }: CycleResult): void {
    if (look) {
      this.#look = look;
      this.#problems = unusable.length;
    }
    if (rules) this.#rules = rules;
    if (remoteFacts) this.#remoteFacts = remoteFacts;
  }

  /** It is another sandbox from now on. */
  forgetSandbox(): void {
    this.#remoteFacts = null;
  }

  /** Counts what is stored. */
  recount(rootId: string): void {
    const { syncManifest, syncConflicts } = this.#db;
    this.#counts = { files: syncManifest.countFiles(rootId), conflicts: syncConflicts.count(rootId) };
  }
}
