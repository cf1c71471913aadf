/** Holds every driver to the same assertions, with real parts behind it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chapters } from './assertions/all.ts';
import { ConformanceKit } from './kit.ts';
import { Report } from './report.ts';
import type { Ability, Assertion, ConformanceTarget } from './target.ts';
import { e2bTarget } from './targets/e2b.ts';
import { localTarget } from './targets/local.ts';
import { localPlainTarget } from './targets/local-plain.ts';

const targets: readonly ConformanceTarget[] = [localTarget, localPlainTarget, e2bTarget];
const report = new Report(targets);
const absent = new Map<ConformanceTarget, string | null>();
for (const target of targets) absent.set(target, await target.unavailable());

afterAll(() => report.write());

test('every gap names an assertion', () => {
  const names = chapters.flatMap(({ assertions }) => assertions.map(({ name }) => name));
  expect(new Set(names).size).toBe(names.length);
  for (const { gaps = {} } of targets) expect(names).toEqual(expect.arrayContaining(Object.keys(gaps)));
});

describe.each(targets)('$name', (target) => {
  const why = absent.get(target) ?? null;
  // On Linux, where everything can be had, a target that is absent is a failure and not a gap.
  test.runIf(why !== null && process.platform === 'linux')('can be tried on this machine', () => {
    throw new Error(why ?? '');
  });

  let kit: ConformanceKit;
  beforeAll(async () => {
    if (why === null) kit = new ConformanceKit(await target.start());
  });
  afterAll(async () => {
    if (why === null) await kit.dispose();
  });

  for (const { title, assertions } of chapters) {
    describe.skipIf(why !== null)(title, () => {
      for (const assertion of assertions) {
        test(assertion.name, async (context) => {
          const missing = (assertion.needs ?? []).filter((ability) => !has(kit, target, ability));
          if (missing.length > 0) {
            report.note(title, assertion.name, target.name, 'does not apply');
            context.skip(`${target.name} has no ${missing.join(', ')}`);
          }
          report.note(title, assertion.name, target.name, 'fails');
          const gap = target.gaps?.[assertion.name];
          if (gap === undefined) await assertion.run(kit);
          else if (await holds(assertion, kit))
            throw new Error('It holds now: take it out of the list of gaps.');
          if (gap === undefined) report.note(title, assertion.name, target.name, 'holds');
        });
      }
    });
  }
});

async function holds(assertion: Assertion, kit: ConformanceKit): Promise<boolean> {
  try {
    await assertion.run(kit);
    return true;
  } catch {
    return false;
  }
}

function has(kit: ConformanceKit, { traits }: ConformanceTarget, ability: Ability): boolean {
  if (ability in traits) return traits[ability as keyof typeof traits];
  return kit.driver.manifest.capabilities[ability as Exclude<Ability, keyof typeof traits>];
}
