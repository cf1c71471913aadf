// New page targets as Chromium reports them: those that the host asked for, and popups that nobody asked for.
import type { Cdp } from './cdp.ts';

/** A target that is attached, and paused before its first navigation. */
export interface AttachedTarget {
  sessionId: string;
  targetInfo: { targetId: string; url: string; openerId?: string };
}

const expected = new Map<string, (target: AttachedTarget) => void>();

/** Resolves with the target that appears with exactly this address. */
export function expectTarget(url: string): Promise<AttachedTarget> {
  return new Promise((resolve) => expected.set(url, resolve));
}

/**
 * Watches for page targets. A page that was not expected is closed before it loads anything and reported to `stray` with
 * the target that opened it; `gone` hears of every page that went away.
 */
export async function watchTargets(
  cdp: Cdp,
  stray: (url: string, openerId: string | undefined) => void,
  gone: (targetId: string) => void,
): Promise<void> {
  cdp.on('Target.attachedToTarget', (target: AttachedTarget) => {
    const { url, targetId, openerId } = target.targetInfo;
    const waiting = expected.get(url);
    if (waiting) {
      expected.delete(url);
      waiting(target);
      return;
    }
    cdp.tell('Target.closeTarget', { targetId });
    stray(url, openerId);
  });
  cdp.on('Target.targetDestroyed', (event: { targetId: string }) => gone(event.targetId));
  const filter = [{ type: 'page' }];
  await Promise.all([
    cdp.send('Target.setDiscoverTargets', { discover: true, filter }),
    cdp.send('Target.setAutoAttach', {
      autoAttach: true,
      waitForDebuggerOnStart: true,
      flatten: true,
      filter,
    }),
  ]);
}
