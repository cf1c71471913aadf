/** The page's own main process for the life of sessions: more time, sleep, a fresh Python, the link, ports. */
import type { SpecboardApi } from '../../../src-shared/contract/api.ts';
import type { Reply } from '../../../src-shared/contract/errors.ts';
import { liveLink, type Session } from '../../../src-shared/domain/session.ts';
import { refuse, type ScenarioMain } from './main-process.ts';

type Called = (name: string, input: unknown) => Promise<void>;
const ok = <T>(value: T): Reply<T> => ({ ok: true, value: structuredClone(value) });
const missing = () => refuse('not-found', 'There is no such session.');

/** The methods of `window.specboard.sessions` that are about a live session. */
export function sessionLife(
  main: ScenarioMain,
  called: Called,
): Pick<SpecboardApi['sessions'], 'extend' | 'pause' | 'restartKernel' | 'reconnectNow'> {
  const sessionOf = (id: string): Session | undefined => main.status.sessions.find((one) => one.id === id);
  return {
    async extend(input) {
      await called('sessions.extend', input);
      const session = sessionOf(input.sessionId);
      if (!session) return missing();
      session.endsAt = (session.endsAt ?? Date.now()) + input.minutes * 60_000;
      main.push();
      return ok(session);
    },
    async pause(input) {
      await called('sessions.pause', input);
      const session = sessionOf(input.sessionId);
      if (!session) return missing();
      session.metadata = { ...session.metadata, left: 'pause' };
      return main.disconnect(input.sessionId);
    },
    async restartKernel(input) {
      await called('sessions.restartKernel', input);
      return ok(null);
    },
    async reconnectNow(input) {
      await called('sessions.reconnectNow', input);
      const session = sessionOf(input.sessionId);
      if (!session) return missing();
      session.link = liveLink(Date.now());
      main.push();
      return ok(session);
    },
  };
}

/** `window.specboard.ports`. */
export function portMethods(called: Called): SpecboardApi['ports'] {
  return {
    async address(input) {
      await called('ports.address', input);
      if (input.port === 1) return refuse('not-found', 'Nothing listens on port 1.');
      return ok({ url: `https://${input.port}-box.example.com`, note: 'Everybody who has it can open it.' });
    },
  };
}
