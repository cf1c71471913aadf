/** Holds one driver to every assertion, with real parts behind it, and to what docs/drivers.md says about it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chapters } from './assertions/all.ts';
import { ConformanceKit } from './kit.ts';
import { type Column, checkColumn, columns, type Outcome } from './report.ts';
import { type Ability, type Assertion, type ConformanceTarget, hookOfTrait, type Traits } from './target.ts';

/** Defines the tests. One test file a target, so that Vitest runs targets side by side. */
export async function holdTo(target: ConformanceTarget): Promise<void> {
  const why = await target.unavailable();
  const found: Column = new Map();

  test('its name and its gaps are known', () => {
    expect(columns).toContain(target.name);
    const names = chapters.flatMap(({ assertions }) => assertions.map(({ name }) => name));
    expect(names).toEqual(expect.arrayContaining(Object.keys(target.gaps ?? {})));
  });

  // On Linux, where everything can be had, a target that is absent is a failure and not a gap.
  test.runIf(why !== null && process.platform === 'linux')('it can be tried on this machine', () => {
    throw new Error(why ?? '');
  });

  describe.skipIf(why !== null)(target.name, () => {
    let kit: ConformanceKit;
    beforeAll(async () => {
      kit = new ConformanceKit(await target.start());
    });
    afterAll(async () => {
      await kit.dispose();
    });

    test('a trait has its hook, and a hook its trait', () => {
      for (const [trait, hook] of Object.entries(hookOfTrait)) {
        expect(kit.target[hook] !== undefined, hook).toBe(target.traits[trait as keyof Traits]);
      }
    });

    for (const { title, assertions } of chapters) {
      describe(title, () => {
        for (const assertion of assertions) {
          test(assertion.name, async (context) => {
            const missing = (assertion.needs ?? []).filter((ability) => !has(kit, target, ability));
            if (missing.length > 0) {
              found.set(assertion.name, 'does not apply');
              context.skip(`${target.name} has no ${missing.join(', ')}`);
            }
            found.set(assertion.name, 'fails');
            found.set(assertion.name, await outcome(target, assertion, kit));
          });
        }
      });
    }

    test('docs/drivers.md says so', async (context) => {
      const expected = chapters.reduce((sum, { assertions }) => sum + assertions.length, 0);
      if (found.size < expected) context.skip('only a part was run');
      if (process.platform !== 'linux') context.skip('the table is of Linux');
      await checkColumn(target, found);
    });
  });
}

/** Runs it. Throws where it fails, unless that is a gap that is known; and where such a gap is closed. */
async function outcome(
  target: ConformanceTarget,
  assertion: Assertion,
  kit: ConformanceKit,
): Promise<Outcome> {
  if (target.gaps?.[assertion.name] === undefined) {
    await assertion.run(kit);
    return 'holds';
  }
  const held = await assertion.run(kit).then(
    () => true,
    () => false,
  );
  if (held) throw new Error('It holds now: take it out of the list of gaps.');
  return 'fails';
}

function has(kit: ConformanceKit, { traits }: ConformanceTarget, ability: Ability): boolean {
  if (ability in traits) return traits[ability as keyof Traits];
  return kit.driver.manifest.capabilities[ability as Exclude<Ability, keyof Traits>];
}
