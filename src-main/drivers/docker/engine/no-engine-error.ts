/** Why there is no engine, as one error: the most telling of all that was tried, and the way out. */
import { type Problem, SpecboardError } from '../../../../src-shared/contract/errors.ts';
import { type InstalledOptions, installedEngine, installHint } from './installed-engine.ts';

/** One place that was tried in vain. */
export interface EngineAttempt {
  /** In words: "DOCKER_HOST", "the usual socket". */
  place: string;
  /** Empty where it could not even be read. */
  address: string;
  problem: Problem;
  /** A person named it (the profile, DOCKER_HOST, DOCKER_CONTEXT): nothing else is tried. */
  final: boolean;
}

/** See the file's first line. `attempts` has at least one. */
export function noEngineError(attempts: readonly EngineAttempt[], options: InstalledOptions): SpecboardError {
  const details = attempts
    .map(({ place, address, problem }) => {
      const words = problem.details ? ` (${problem.details})` : '';
      return `${place}${address ? `, ${address}` : ''}: ${problem.message}${words}`;
    })
    .join('\n');
  const shown =
    attempts.find(({ final }) => final) ?? // a person named it: what is said is about it
    attempts.find(({ problem }) => problem.code === 'engine-denied') ??
    attempts.find(({ problem }) => problem.code !== 'engine-missing');
  if (shown) {
    const { code, message, ...info } = shown.problem;
    // On Windows a group decides, which has another name.
    const denied = code === 'engine-denied' && options.platform === 'win32';
    const windows = { hint: 'Have yourself added to the group "docker-users", then log in again.' };
    const where = shown.address ? `${shown.place}, ${shown.address}` : shown.place;
    return new SpecboardError(code, `${message.replace(/\.$/, '')} (${where}).`, {
      ...info,
      ...(denied ? windows : {}),
      details,
    });
  }
  const installed = installedEngine(options);
  if (installed) {
    return new SpecboardError('engine-missing', `${installed.name} is installed, but it does not run.`, {
      hint: installed.start,
      details,
    });
  }
  return new SpecboardError('engine-missing', 'No Docker engine was found on this computer.', {
    hint: installHint(options.platform),
    details,
  });
}
