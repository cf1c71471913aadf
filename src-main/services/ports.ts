/** Where ports of sandboxes can be reached from here. */
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import type { Clock } from '../../src-shared/lib/clock.ts';
import type { PortAddress } from '../drivers/driver.ts';
import { withDeadline } from './deadline.ts';
import type { SessionsService } from './sessions.ts';

const deadlineMs = 30_000;

/** See the file's first line. */
export class PortsService {
  readonly #deps: { sessions: SessionsService; clock: Clock };

  constructor(deps: { sessions: SessionsService; clock: Clock }) {
    this.#deps = deps;
  }

  /**
   * The address of a port in the session's sandbox. Throws `invalid` for a number that is no port, `unsupported` where the
   * driver gives none, `not-found` where this port has none.
   */
  async address(sessionId: string, port: number, signal?: AbortSignal): Promise<PortAddress> {
    if (!Number.isInteger(port) || port < 1 || port > 65_535) {
      throw new SpecboardError('invalid', 'A port is a number from 1 to 65535.');
    }
    const { driver, connection, session, ended } = this.#deps.sessions.live(sessionId);
    if (!driver.manifest.capabilities.ports || !driver.portAddress) {
      throw new SpecboardError(
        'unsupported',
        `Ports of ${session.profileName} cannot be reached from here.`,
        {
          hint: 'Ask from inside: specboard run --lang sh -c COMMAND.',
        },
      );
    }
    const parents = [ended, ...(signal ? [signal] : [])];
    const deadline = withDeadline(this.#deps.clock, deadlineMs, 'Asking for the address', parents);
    try {
      return await driver.portAddress(connection, port, deadline.signal);
    } finally {
      deadline.dispose();
    }
  }
}
