/** When a sync stops and asks. */
import { describe, expect, test } from 'vitest';
import {
  type Answers,
  findHalt,
  findIdentityHalt,
  type GateInput,
  type IdentityInput,
} from '../../../src-main/sync/reconcile/gates.ts';
import { reconcile } from '../../../src-main/sync/reconcile/reconcile.ts';
import type { Entry } from '../../../src-main/sync/types.ts';
import type { SyncMode } from '../../../src-shared/domain/sync.ts';
import { allFacts, emptyScan, fileEntry } from '../../support/sync/model-world.ts';

const none: Answers = new Map();

function files(count: number, content = 'x'): Map<string, Entry> {
  return new Map(Array.from({ length: count }, (_, at) => [`f${at}`, fileEntry(`${content}${at}`)]));
}

function gate(
  base: Map<string, Entry>,
  local: Map<string, Entry>,
  remote: Map<string, Entry>,
  more: Partial<GateInput> = {},
) {
  const mode: SyncMode = more.mode ?? 'two-way';
  const scans = { local: emptyScan(local), remote: emptyScan(remote) };
  const { decisions } = reconcile({
    ...{ mode, base, ...scans, localFacts: allFacts, remoteFacts: allFacts },
    ...{ approved: new Set<string>(), resolutions: new Map(), restore: null },
  });
  return findHalt({
    ...{ mode, base, ...scans, decisions, localFacts: allFacts, remoteFacts: allFacts },
    ...{ confirmed: true, answers: none, ...more },
  });
}

const without = (tree: Map<string, Entry>, count: number) => new Map([...tree].slice(count));

describe('the same two folders', () => {
  const known: IdentityInput = {
    ...{ base: files(3), epoch: 4, pendingEpoch: null, marker: { rootId: 'r', epoch: 4 } },
    ...{ knownIdentity: '1:2', localIdentity: '1:2', answers: none },
  };
  const reason = (more: Partial<IdentityInput>) => findIdentityHalt({ ...known, ...more })?.reason ?? null;

  test('as they were', () => {
    expect(reason({})).toBe(null);
    expect(reason({ marker: { rootId: 'r', epoch: 5 }, pendingEpoch: 5 }), 'cut off after it').toBe(null);
    expect(reason({ base: new Map(), marker: null }), 'never synced').toBe(null);
  });

  test('another sandbox, an older one, another folder: compared anew on request', () => {
    expect(reason({ marker: null })).toBe('new-sandbox');
    expect(reason({ marker: { rootId: 'r', epoch: 3 } })).toBe('went-back');
    expect(reason({ marker: { rootId: 'r', epoch: 9 } })).toBe('went-back');
    expect(reason({ localIdentity: '1:3' })).toBe('local-replaced');
    const answers: Answers = new Map([['new-sandbox', 'start-over']]);
    expect(reason({ marker: null, answers })).toBe(null);
  });
});

describe('more than anybody does by accident', () => {
  test('the first sync is shown before; nothing to do is not', () => {
    const halt = gate(new Map(), files(2), new Map(), { confirmed: false });
    expect(halt).toMatchObject({ reason: 'first-sync', count: 2, answers: ['go-on'] });
    expect(gate(new Map(), files(2), files(2), { confirmed: false })).toBe(null);
  });

  test('an emptied side', () => {
    const base = files(3);
    expect(gate(base, new Map(), base)).toMatchObject({
      ...{ reason: 'emptied', side: 'local', answers: ['restore', 'go-on'] },
    });
    expect(gate(base, base, new Map())).toMatchObject({ reason: 'emptied', side: 'remote' });
    expect(gate(base, base, new Map(), { mode: 'upload' }), 'not its business').toBe(null);
    expect(gate(files(1), new Map(), files(1)), 'one file is a deletion').toBe(null);
  });

  test('many deletions, not few', () => {
    const base = files(120);
    expect(gate(base, without(base, 50), base)).toBe(null);
    expect(gate(base, without(base, 51), base)).toMatchObject({
      ...{ reason: 'mass-deletion', side: 'local', count: 51 },
    });
    const many = files(1000);
    expect(gate(many, many, without(many, 250)), 'a quarter').toBe(null);
    expect(gate(many, many, without(many, 251))).toMatchObject({ reason: 'mass-deletion', side: 'remote' });
    const answers: Answers = new Map([['mass-deletion', 'go-on']]);
    expect(gate(base, without(base, 51), base, { answers })).toBe(null);
  });

  test('a mirror that would delete what it did not put there', () => {
    const mine = files(2);
    const theirs = new Map([...mine, ['theirs', fileEntry('theirs')]]);
    expect(gate(mine, mine, theirs, { mode: 'mirror-upload' })).toMatchObject({
      ...{ reason: 'mirror-deletes', side: 'remote', count: 1 },
    });
    expect(gate(theirs, mine, theirs, { mode: 'mirror-upload' }), 'its own').toBe(null);
  });

  test('large downloads, and no room', () => {
    const big = new Map([['big', { ...fileEntry('big'), size: 600_000_000 }]]);
    expect(gate(new Map(), new Map(), big)).toMatchObject({ reason: 'large-download' });
    expect(gate(new Map(), big, new Map()), 'uploads are asked for').toBe(null);
    const full = { localFacts: { ...allFacts, freeBytes: 1_000 } };
    expect(
      gate(new Map(), new Map(), new Map([['f', { ...fileEntry('f'), size: 1_001 }]]), full),
    ).toMatchObject({ reason: 'no-space', side: 'local' });
  });
});
