/** Looks whether E2B answers and takes the key. */
import { toProblem } from '../../../src-shared/contract/errors.ts';
import type { ProbeReport } from '../driver.ts';
import type { ControlPlane } from './control-plane.ts';

/** Never throws for what it finds; making the control plane may already show what is wrong. */
export async function probeAccount(make: () => ControlPlane, signal: AbortSignal): Promise<ProbeReport> {
  try {
    const control = make();
    const found = await control.list(signal);
    const running = found.filter(({ state }) => state === 'running').length;
    const paused = found.length - running;
    const counts = `${running} running${paused > 0 ? `, ${paused} paused` : ''}`;
    return { ok: true, message: `E2B accepts the key. Sandboxes: ${counts}.` };
  } catch (error) {
    const { message, hint } = toProblem(error);
    return { ok: false, message, ...(hint ? { hint } : {}) };
  }
}
