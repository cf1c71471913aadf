/** Plans ("dry runs") as people read them: page by page, of one look, with what a mirror takes away said first. */
import type { SyncMode, SyncPlan } from '../../../src-shared/domain/sync.ts';
import type { CyclePlan } from '../../sync/cycle/cycle-plan.ts';
import type { RootRunner } from './root-runner.ts';

/** See the file's first line. */
export class Plans {
  /** The one that was made last of each root, for its other pages. */
  readonly #made = new Map<string, CyclePlan>();

  /** What would happen now. The first page looks at both sides; later ones are of the same look. */
  async page(
    runner: RootRunner,
    { offset, limit, checksum = false }: { offset: number; limit: number; checksum?: boolean },
    signal?: AbortSignal,
  ): Promise<SyncPlan> {
    const { id: rootId, mode } = runner.root;
    const known = offset > 0 ? this.#made.get(rootId) : undefined;
    const plan = known ?? (await runner.look(checksum, signal));
    this.#made.set(rootId, plan);
    const warnings = [...mirrorWarnings(mode, plan), ...plan.totals.warnings];
    return { rootId, ...plan.totals, warnings, total: plan.total, items: plan.page(offset, limit) };
  }

  /** Things are not as it says any more. */
  forget(rootId: string): void {
    this.#made.delete(rootId);
  }
}

/** What a mirror takes away is said before anything else. */
function mirrorWarnings(mode: SyncMode, { totals, compared }: CyclePlan): string[] {
  if (!mode.startsWith('mirror-')) return [];
  const isUp = mode === 'mirror-upload';
  const gone = isUp ? totals.deleteRemote : totals.deleteLocal;
  const replaced = compared.decisions.filter(
    (decision) =>
      (decision.action === 'upload' || decision.action === 'download') &&
      decision.entry?.kind === 'file' &&
      decision.over?.kind === 'file',
  ).length;
  if (gone + replaced === 0) return [];
  const place = isUp ? 'in the sandbox' : 'on this computer';
  const files = (count: number) => (count === 1 ? '1 file' : `${count.toLocaleString('en')} files`);
  return [
    `This mirror deletes ${files(gone)} and replaces ${files(replaced)} ${place}. They stay in the sync history for 30 days.`,
  ];
}
