/** Where a port of an E2B sandbox can be reached from here. */
import { assertPort } from '../base-driver.ts';
import type { PortAddress } from '../driver.ts';
import type { E2bSession } from './session.ts';

/** See `Driver.portAddress`. E2B gives every port an address; whether something listens there shows when it is opened. */
export function portAddress(session: E2bSession, port: number): PortAddress {
  session.assertUsable();
  assertPort(port);
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
