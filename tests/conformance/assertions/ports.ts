/** Ports of the sandbox, seen from here. Held to by whoever declares them. */
import { createServer } from 'node:net';
import { expect } from 'vitest';
import type { PortAddress } from '../../../src-main/drivers/driver.ts';
import { until } from '../../support/runner.ts';
import { type ConformanceKit, never, problemOf } from '../kit.ts';
import type { Assertion } from '../target.ts';

const needs = ['ports'] as const;

/** Serves the working folder of the session on that port, until the session ends. */
const serve = (port: number) => `import http.server, threading
server = http.server.ThreadingHTTPServer(("0.0.0.0", ${port}), http.server.SimpleHTTPRequestHandler)
http.server.SimpleHTTPRequestHandler.log_message = lambda *args: None
threading.Thread(target=server.serve_forever, daemon=True).start()`;

/** A port that nothing uses on this machine: some test beds share its network. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

function addressOf(kit: ConformanceKit, ...args: Parameters<NonNullable<typeof kit.driver.portAddress>>) {
  return kit.driver.portAddress?.(...args) ?? Promise.reject(new Error('portAddress is missing'));
}

async function reach(kit: ConformanceKit, address: PortAddress, path: string): Promise<string> {
  if (kit.target.reach) return kit.target.reach(address, path);
  const response = await fetch(`${address.url.replace(/\/$/, '')}${path}`, {
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return response.text();
}

export const portAssertions: readonly Assertion[] = [
  {
    name: 'A server in the sandbox can be opened from here, at the address that is told',
    needs,
    async run(kit) {
      const port = await freePort();
      const session = await kit.connect({ ports: [port], network: true });
      await kit.run('open("page.html", "w").write("served from inside")', { session });
      expect((await kit.run(serve(port), { session })).result.state).toBe('succeeded');
      const address = await addressOf(kit, session, port, never);
      expect(address.url).toMatch(/^https?:\/\//);
      const page = await until('the page', () => reach(kit, address, '/page.html').catch(() => null));
      expect(page).toBe('served from inside');
      expect(await kit.end(session)).toEqual([]);
      expect((await problemOf(addressOf(kit, session, port, never))).code).toBe('gone');
    },
  },
  {
    name: 'A port of one session shows what that session serves, not another’s',
    needs,
    async run(kit) {
      const port = await freePort();
      const sessions = [
        await kit.connect({ ports: [port], network: true }),
        await kit.connect({ ports: [port], network: true }),
      ];
      for (const [index, session] of sessions.entries()) {
        await kit.run(`open("who.txt", "w").write("session ${index}")`, { session });
        // Where both have the same network only one can have the port: then that is what the second is told.
        const { result } = await kit.run(serve(port), { session });
        if (result.state === 'failed') expect(result.error?.name).toBe('OSError');
        else {
          const address = await addressOf(kit, session, port, never);
          const said = await until('the page', () => reach(kit, address, '/who.txt').catch(() => null));
          expect(said).toBe(`session ${index}`);
        }
      }
      for (const session of sessions) expect(await kit.end(session)).toEqual([]);
    },
  },
  {
    name: 'A port that cannot be reached says so, with what to do; a number that is none is refused',
    needs,
    async run(kit) {
      const session = await kit.connect({ ports: [await freePort()], network: true });
      // Not asked for, and nothing listens: an address that works later, or a reason.
      const problem = await addressOf(kit, session, await freePort(), never).then(
        ({ url }) => expect(url).toMatch(/^https?:/),
        (error) => error,
      );
      if (problem instanceof Error) {
        const { code, problem: said } = await problemOf(Promise.reject(problem));
        expect(code).toBe('not-found');
        expect(said.hint ?? '').not.toBe('');
      }
      for (const port of [0, -1, 70_000, 1.5]) {
        expect((await problemOf(addressOf(kit, session, port, never))).code, String(port)).toBe('invalid');
      }
      expect(await kit.end(session)).toEqual([]);
    },
  },
];
