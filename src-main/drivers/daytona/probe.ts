/** Looks whether Daytona answers, takes the key, and has what the profile names. */
import { SpecboardError, toProblem } from '../../../src-shared/contract/errors.ts';
import type { ProbeReport } from '../driver.ts';
import { apiAddress } from './api-address.ts';
import type { ControlPlane } from './control-plane.ts';
import { isAsleep, isRunning } from './sandbox-record.ts';

type Part = NonNullable<ProbeReport['parts']>[number];

/** Never throws for what it finds; making the control plane may already show what is wrong. */
export async function probeAccount(make: () => ControlPlane, signal: AbortSignal): Promise<ProbeReport> {
  let control: ControlPlane | null = null;
  const parts: Part[] = [];
  try {
    control = make();
    const found = await control.list(signal);
    const running = found.filter(({ state }) => isRunning(state)).length;
    const asleep = found.filter(({ state }) => isAsleep(state)).length;
    const host = new URL(apiAddress(control.settings.apiUrl)).host;
    parts.push({ name: 'Service', ok: true, message: `Daytona at ${host} accepts the key.` });
    parts.push({ name: 'Sandboxes', ok: true, message: `${running} running, ${asleep} stopped.` });
    const snapshot = await snapshotPart(control, signal);
    if (snapshot) parts.push(snapshot);
    const bad = parts.find(({ ok }) => !ok);
    if (bad) return { ok: false, message: bad.message, ...(bad.hint ? { hint: bad.hint } : {}), parts };
    const counts = `${running} running${asleep > 0 ? `, ${asleep} stopped` : ''}`;
    return { ok: true, message: `Daytona accepts the key. Sandboxes: ${counts}.`, parts };
  } catch (error) {
    const { message, hint } = toProblem(error);
    const said = { ok: false, message, ...(hint ? { hint } : {}) };
    return { ...said, parts: [...parts, { name: 'Service', ...said }] };
  } finally {
    await control?.dispose();
  }
}

/** Null where the profile names none, or where this key may not look at snapshots. */
async function snapshotPart(control: ControlPlane, signal: AbortSignal): Promise<Part | null> {
  const { snapshot } = control.settings;
  if (snapshot === '') return null;
  let state: string | null;
  try {
    state = await control.snapshotState(snapshot, signal);
  } catch (error) {
    if (error instanceof SpecboardError && error.code === 'forbidden') return null;
    throw error;
  }
  const hint = 'Choose another one in the profile.';
  if (state === 'active') return { name: 'Snapshot', ok: true, message: `${snapshot} is there.` };
  return state === null
    ? { name: 'Snapshot', ok: false, message: `There is no snapshot "${snapshot}" in this account.`, hint }
    : { name: 'Snapshot', ok: false, message: `The snapshot "${snapshot}" is not ready: ${state}.`, hint };
}
