/** What goes on running, and perhaps costing, when SpecBoard quits now. Pure. */
import type { DriverManifest } from '../../src-shared/domain/driver-manifest.ts';
import { isEnded, type KeepMode, mayStillRun, type Session } from '../../src-shared/domain/session.ts';
import type { Status } from '../../src-shared/domain/status.ts';

/**
 * Sessions whose sandbox runs on after quitting: those that will be left, as the settings or else the profile (`keepOf`)
 * say, and those that were left before.
 */
export function keepRunning(
  { sessions, settings }: Status,
  drivers: readonly DriverManifest[],
  keepOf: (sessionId: string) => KeepMode,
): Session[] {
  return sessions.filter((session) => {
    if (isEnded(session)) return mayStillRun(session) && session.metadata.left !== 'pause';
    // What SpecBoard did not start it never ends.
    if (session.metadata.foreign === true) return true;
    const offered = drivers.find(({ type }) => type === session.driverType)?.capabilities.keep ?? [];
    if (!offered.includes('leave')) return false;
    const choice = settings.quitSessions;
    return (choice === 'profile' ? keepOf(session.id) : choice) === 'leave';
  });
}
