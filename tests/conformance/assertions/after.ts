/** The last look: everything is over. */
import { expect } from 'vitest';
import { until } from '../../support/runner.ts';
import type { Assertion } from '../target.ts';

export const afterAssertions: readonly Assertion[] = [
  {
    name: 'When all sessions have ended nothing runs and nothing is on disk of all that was before',
    async run(kit) {
      await kit.endAll();
      await until('nothing is left', async () => (await kit.target.remains()).length === 0, 10_000).catch(
        () => {},
      );
      expect(await kit.target.remains()).toEqual([]);
    },
  },
];
