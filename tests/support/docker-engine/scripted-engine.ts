/** A small server that passes for an engine of any version, or for something that is none: what no real engine here can be made to do. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What it answers: by path without the version; a function for anything special. `hang`: it takes connections and says nothing. */
export type EngineScript = 'hang' | Readonly<Record<string, object | ((response: ServerResponse) => void)>>;

/** See `startScriptedEngine`. */
export interface ScriptedEngine {
  /** Paths that were asked for, with the version. */
  asked: string[];
  /** Connections that are open now. */
  open(): number;
  close(): Promise<void>;
}

/** What a real engine answers at the start, of these versions. */
export function hello(apiVersion: string, minimum: string, more: object = {}): Record<string, object> {
  return {
    '/version': { Version: '99.0', ApiVersion: apiVersion, MinAPIVersion: minimum, Os: 'linux', ...more },
    '/info': { OSType: 'linux', OperatingSystem: 'a test', NCPU: 2, SecurityOptions: ['name=seccomp'] },
    '/_ping': {},
  };
}

/** Starts it on a Unix socket. */
export async function startScriptedEngine(socketPath: string, script: EngineScript): Promise<ScriptedEngine> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request: IncomingMessage, response) => {
    request.resume();
    asked.push(request.url ?? '');
    if (script === 'hang') return;
    const path = (request.url ?? '').replace(/^\/v[\d.]+/, '').replace(/\?.*/, '');
    const answer = script[path];
    if (typeof answer === 'function') return answer(response);
    response.writeHead(answer ? 200 : 404, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(answer ?? { message: 'page not found' }));
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {}); // the other side went away
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    asked,
    open: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
