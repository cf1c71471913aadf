/** Rich results: the same cell looks the same on every driver (tests/conformance/golden). */
import { expect } from 'vitest';
import { golden } from '../golden.ts';
import { richCells } from '../rich-cells.ts';
import type { Assertion } from '../target.ts';

export const richAssertions: readonly Assertion[] = [
  ...richCells.map(
    ({ file, name, code }): Assertion => ({
      name,
      async run(kit) {
        golden(file, await kit.run(code));
      },
    }),
  ),
  {
    name: 'A value of twenty megabytes does not break the session, and what is left out is said',
    async run(kit) {
      const ran = await kit.run('"x" * 20_000_000');
      expect(ran.result.state).toBe('succeeded');
      const shown = String(ran.value ?? '').length;
      const gaps = ran.events.filter((event) => event.type === 'gap');
      expect(shown === 20_000_000 || gaps.length > 0).toBe(true);
      expect((await kit.run('"next"')).value).toBe('next');
    },
  },
];
