/** Where a port of an E2B sandbox can be reached from here. */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { PortAddress } from '../driver.ts';
import type { E2bSession } from './session.ts';

/** See `Driver.portAddress`. E2B gives every port an address; whether something listens there shows when it is opened. */
export function portAddress(session: E2bSession, port: number): PortAddress {
  session.assertUsable();
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new SpecboardError('invalid', 'A port is a number from 1 to 65535.');
  const { sandbox, control } = session;
  const notes = [
    sandbox.trafficAccessToken
      ? 'Only requests with the traffic token of the sandbox are let in.'
      : 'Everybody who knows the address can open it, until the sandbox ends.',
    ...(control.addresses.sandboxUrl
      ? [
          'This profile reaches its sandboxes at an address of its own; this one may work only inside its network.',
        ]
      : []),
  ];
  return { url: `https://${sandbox.getHost(port)}`, note: notes.join(' ') };
}
