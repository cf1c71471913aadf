/**
 * Names that one side cannot tell apart: `a` and `A` on macOS and Windows, two spellings of an accent on some volumes. None of what
 * would clash is written; what is there already stays and goes on being synced.
 */
import type { SyncSide } from '../../../src-shared/domain/sync.ts';
import { foldName } from '../rules/names.ts';
import type { Decision, SideFacts } from '../types.ts';
import { Subtrees } from './path-sets.ts';
import type { ReconcileInput } from './reconcile.ts';

/** Gives the decisions with those that would clash turned into conflicts. */
export function holdBackClashes(decisions: Decision[], input: ReconcileInput): Decision[] {
  const there = onSide(decisions, 'remote', input);
  return onSide(there, 'local', input);
}

function onSide(decisions: Decision[], side: SyncSide, input: ReconcileInput): Decision[] {
  const facts: SideFacts = side === 'local' ? input.localFacts : input.remoteFacts;
  if (facts.caseSensitive && facts.unicodeSensitive) return decisions;
  const scan = side === 'local' ? input.local : input.remote;
  const change = side === 'local' ? 'download' : 'upload';
  const fold = (path: string) => foldName(path, facts);

  const leaving = new Set<string>();
  const coming: string[] = [];
  for (const decision of decisions) {
    if (decision.action !== change) continue;
    if (!decision.entry) leaving.add(decision.path);
    else if (!decision.over) coming.push(decision.path);
  }
  if (coming.length === 0) return decisions;
  const names = new Map<string, string[]>();
  const note = (path: string): void => {
    const key = fold(path);
    const list = names.get(key);
    if (list) list.push(path);
    else names.set(key, [path]);
  };
  for (const path of scan.entries.keys()) if (!leaving.has(path)) note(path);
  for (const path of coming) note(path);

  const clashing = new Map<string, string[]>();
  for (const path of coming) {
    const others = (names.get(fold(path)) ?? []).filter((other) => other !== path);
    if (others.length > 0) clashing.set(path, others);
  }
  if (clashing.size === 0) return decisions;
  const held = new Subtrees();
  for (const path of clashing.keys()) held.add(path);
  return decisions.flatMap((decision): Decision[] => {
    if (held.hasAbove(decision.path)) return [];
    const others = clashing.get(decision.path);
    if (!others || decision.action !== change) return [decision];
    const { path } = decision;
    return [
      {
        action: 'conflict',
        path,
        kind: 'name-clash',
        base: input.base.get(path) ?? null,
        local: input.local.entries.get(path) ?? null,
        remote: input.remote.entries.get(path) ?? null,
        others,
      },
    ];
  });
}
