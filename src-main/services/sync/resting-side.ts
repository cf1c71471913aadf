/** This computer's side as a cycle sees it while some files rest (see busy-paths.ts): they take no part. */
import type { CycleResult } from '../../sync/cycle/cycle-types.ts';
import type { LocalSide } from '../../sync/sides.ts';
import type { Unusable } from '../../sync/types.ts';
import { sideWith } from './side-with.ts';

/** Why a path takes no part. Told apart from files that could not be read by the very same text. */
export const restingDetail = 'It changes all the time; it is synced now and then.';

/** True for a path that only rests: no problem that anybody has to care about. */
function isResting({ reason, detail }: Pick<Unusable, 'reason' | 'detail'>): boolean {
  return reason === 'changing' && detail === restingDetail;
}

/** The side without the paths that rest when it is scanned. */
export function withResting<S extends LocalSide>(side: S, paths: () => ReadonlySet<string>): S {
  return sideWith(side, {
    scan: async (...args: Parameters<LocalSide['scan']>) => {
      const resting: Unusable[] = [...paths()].map((path) => ({
        ...{ path, side: 'local' as const, reason: 'changing' as const, detail: restingDetail },
      }));
      const scan = await side.scan(...args);
      return resting.length === 0 ? scan : { ...scan, unusable: [...scan.unusable, ...resting] };
    },
  });
}

/** A cycle's result without them: files that rest are nobody's problem. */
export function withoutResting(result: CycleResult): CycleResult {
  const unusable = result.unusable.filter((one) => !isResting(one));
  const less = result.unusable.length - unusable.length;
  if (less === 0) return result;
  const problems = Math.max(0, result.summary.problems - less);
  return { ...result, unusable, summary: { ...result.summary, problems } };
}
