/** Sandboxes at the vendor beyond a session: left, found again, listed, asleep. */
import { expect } from 'vitest';
import type { Driver } from '../../../src-main/drivers/driver.ts';
import { type ConformanceKit, never, problemOf } from '../kit.ts';
import type { Assertion } from '../target.ts';
import { withCredentials } from './capabilities.ts';

export const vendorAssertions: readonly Assertion[] = [
  {
    name: 'A sandbox that is left running or asleep is found again, with its variables and files',
    async run(kit) {
      const { driver, target } = kit;
      const modes = driver.manifest.capabilities.keep.filter((mode) => mode !== 'end');
      for (const mode of modes) {
        const sessionId = crypto.randomUUID();
        const session = await kit.connect({}, { sessionId });
        await kit.run('stays = 5; open("stays.txt", "w").write("x")', { session });
        await driver.disconnect(session, { keep: mode }, never);
        expect(await target.leftovers(sessionId), mode).not.toEqual([]);
        const request = { ...withCredentials(kit, target.account({}).credentials), sessionId };
        const again = await driver.attach?.(request, session.metadata, never);
        if (!again) throw new Error('attach is missing');
        // Where sleep forgets, the form must say that variables are lost.
        const forgets = mode === 'pause' && target.forgetsAsleep === true;
        if (forgets) expect(driver.manifest.keepLabels?.pause?.help).toMatch(/variables/);
        const look = 'import os\nglobals().get("stays"), os.path.exists("stays.txt")';
        expect((await kit.run(look, { session: again })).value).toBe(forgets ? '(None, True)' : '(5, True)');
        await driver.disconnect(again, { keep: 'end' }, never);
        expect(await target.leftovers(sessionId), mode).toEqual([]);
        expect((await problemOf(attachAgain(kit, session.metadata))).code).toBe('gone');
      }
      // Where there is no other way than to end it, that is what the form must say.
      if (modes.length === 0) expect(driver.manifest.capabilities.keep).toEqual(['end']);
    },
  },
  {
    name: 'Sandboxes that run are listed with who started them, and can be ended without a session',
    needs: ['list'],
    async run(kit) {
      const sessionId = crypto.randomUUID();
      const session = await kit.connect({}, { sessionId });
      const account = kit.target.account({});
      const find = async () =>
        (await kit.driver.list?.(account, never))?.find(({ sandboxId }) => sandboxId === session.sandboxId);
      expect(await find()).toMatchObject({ sessionId, installationId: 'conformance', state: 'running' });
      await kit.driver.endRemote?.(account, session.sandboxId, never);
      expect(await find()).toBeUndefined();
      await kit.driver.endRemote?.(account, session.sandboxId, never);
      expect(await kit.end(session)).toEqual([]);
    },
  },
  {
    name: 'Ending a sandbox that nobody knows is fine',
    async run({ driver, target }) {
      await driver.endRemote?.(target.account({}), crypto.randomUUID(), never);
    },
  },
  {
    name: 'The end of the sandbox can be moved, and the new end is told',
    needs: ['extend'],
    async run(kit) {
      const session = await kit.connect();
      const told: (number | null)[] = [];
      session.onEndsAt((at) => told.push(at));
      const before = session.endsAt ?? 0;
      const after = await kit.driver.extend?.(session, 3_600_000, never);
      expect((after ?? 0) - before).toBeGreaterThan(1_800_000);
      expect(session.endsAt).toBe(after);
      expect(told.at(-1)).toBe(after);
      await kit.end(session);
    },
  },
  {
    name: 'A sandbox can be put to sleep, and then does nothing until it is woken',
    needs: ['pause'],
    async run(kit) {
      const session = await kit.connect();
      await kit.run('asleep = 1', { session });
      await kit.driver.pause?.(session, never);
      expect((await problemOf(kit.run('asleep', { session }))).code).toBe('unavailable');
      const again = await attachAgain(kit, session.metadata);
      const { value } = await kit.run('globals().get("asleep", "forgotten")', { session: again });
      expect(value).toBe(kit.target.forgetsAsleep ? 'forgotten' : '1');
      await kit.driver.disconnect(again, { keep: 'end' }, never);
      await kit.end(session);
    },
  },
];

function attachAgain(kit: ConformanceKit, metadata: Parameters<NonNullable<Driver['attach']>>[1]) {
  const request = withCredentials(kit, kit.target.account({}).credentials);
  const attached = kit.driver.attach?.(request, metadata, never);
  if (!attached) throw new Error('attach is missing');
  return attached;
}
