/** Where a port of the sandbox can be opened from here: Daytona's preview links. */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { abortError, assertPort } from '../base-driver.ts';
import type { PortAddress } from '../driver.ts';
import type { DaytonaSession } from './session.ts';

const validSeconds = 3600;
/** Exit code 0 where something listens, on either loopback address. */
const question = `
import socket, sys
for host in ("127.0.0.1", "::1"):
    try:
        socket.create_connection((host, int(sys.argv[1])), 2).close()
        sys.exit(0)
    except OSError:
        pass
sys.exit(1)
`;

/** Throws `not-found` where nothing listens there. */
export async function portAddress(
  session: DaytonaSession,
  port: number,
  signal: AbortSignal,
): Promise<PortAddress> {
  session.assertUsable();
  assertPort(port);
  const open = AbortSignal.any([signal, session.closing]);
  return session.use(async () => {
    const client = await session.client(open);
    const argv = [session.python, '-I', '-S', '-c', question, String(port)];
    const result = await client.execute({ language: 'shell', code: '', argv }, { write: () => {} }, open);
    if (open.aborted) throw abortError(open);
    if (result.exitCode === 1) {
      throw new SpecboardError('not-found', `Nothing listens on port ${port} of the sandbox.`, {
        hint: 'Start the server there first.',
      });
    }
    return link(session, port, open);
  });
}

async function link(session: DaytonaSession, port: number, signal: AbortSignal): Promise<PortAddress> {
  const { control, sandboxId, sandbox } = session;
  try {
    const { url } = await control.signedPreview(sandboxId, port, validSeconds, signal);
    return { url, note: 'Whoever has this link can open it, for one hour.' };
  } catch (error) {
    const problem = await session.judge(error, 'sandbox', signal);
    if (session.isGone || signal.aborted || problem.code === 'auth') throw problem;
  }
  const { url } = await control.preview(sandboxId, port, signal);
  const note = sandbox.public
    ? 'Whoever knows this address can open it, as long as the sandbox runs.'
    : 'Opening it needs to be signed in to Daytona.';
  return { url, note };
}
