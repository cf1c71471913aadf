/** From an import that is missing to the distribution that would bring it, and how far that can be trusted. */
import type { MissingPackage } from '../drivers/driver.ts';
import { knownImports, notInstallable } from './import-map.ts';

/** What an import resolves to: a package that may be offered, or the reason why none is. */
export type Resolution = { package: MissingPackage } | { module: string; reason: string };

const knownNames: ReadonlySet<string> = new Set(
  [...knownImports.keys(), ...knownImports.values()].map(normalName),
);

/**
 * Resolves the top-level name of an import. `known`: from the curated map; `suspicious`: one letter away from a known name,
 * as squatters like it; `guess`: the import's own name, because nothing better is known.
 */
export function resolvePackage(module: string): Resolution {
  const known = knownImports.get(module);
  if (known !== undefined) return { package: { module, distribution: known, trust: 'known' } };
  const reason = notInstallable.get(module);
  if (reason !== undefined) return { module, reason };
  if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(module)) return { module, reason: 'it is not a name of a module' };
  const distribution = normalName(module);
  if (!/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(distribution)) {
    return { module, reason: 'no package can have this name' };
  }
  // The map speaks about imports exactly; a known distribution's name used as an import (`scikit_learn`) is a mistake.
  const near =
    knownNames.has(distribution) || [...knownNames].some((name) => withinOneEdit(name, distribution));
  return { package: { module, distribution, trust: near ? 'suspicious' : 'guess' } };
}

/** A distribution's name in its normal form (PEP 503). */
export function normalName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

/** True where one letter inserted, left out, replaced or swapped with its neighbour makes `a` into `b` (or they are equal). */
export function withinOneEdit(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let endA = a.length;
  let endB = b.length;
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    endA -= 1;
    endB -= 1;
  }
  const [restA, restB] = [a.slice(start, endA), b.slice(start, endB)];
  if (restA.length <= 1 && restB.length <= 1) return true;
  return restA.length === 2 && restB.length === 2 && restA[0] === restB[1] && restA[1] === restB[0];
}
