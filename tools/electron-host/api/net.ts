// net.fetch: files, the app's own schemes, and loopback; the network only with HOST_NETWORK=1.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as Electron from 'electron';
import { strictModule } from '../strict.ts';
import { type HostSession, sessionOf, setSessionFetch } from './session.ts';

const TYPES: Record<string, string> = {
  '.css': 'text/css',
  '.gif': 'image/gif',
  '.htm': 'text/html',
  '.html': 'text/html',
  '.ico': 'image/x-icon',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.map': 'application/json',
  '.mjs': 'text/javascript',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain',
  '.wasm': 'application/wasm',
  '.webp': 'image/webp',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
};

async function fetchFile(url: string): Promise<Response> {
  const file = fileURLToPath(url);
  const content = await readFile(file).catch(() => {
    throw new Error('net::ERR_FILE_NOT_FOUND');
  });
  const type = TYPES[path.extname(file).toLowerCase()];
  return new Response(content, { headers: type ? { 'content-type': type } : {} });
}

async function hostFetch(
  from: HostSession,
  input: string | Request,
  options?: RequestInit,
): Promise<Response> {
  const request = new Request(input instanceof Request ? input : String(input), options);
  const scheme = new URL(request.url).protocol.slice(0, -1);
  const handler = from.protocol.handlerFor(scheme);
  const bypass = (options as { bypassCustomProtocolHandlers?: boolean } | undefined)
    ?.bypassCustomProtocolHandlers;
  if (handler && !bypass) return handler(request);
  if (scheme === 'file') return fetchFile(request.url);
  const local = ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(request.url).hostname);
  if (!/^(https?|data|blob)$/.test(scheme)) throw new Error('net::ERR_UNKNOWN_URL_SCHEME');
  if (!local && /^http/.test(scheme) && !process.env.HOST_NETWORK)
    throw new Error('net::ERR_INTERNET_DISCONNECTED');
  return fetch(request);
}

setSessionFetch(hostFetch);

/** The `net` module. */
export const net = strictModule('net', 'Net', {
  fetch: (input, options) => hostFetch(sessionOf(''), input as string | Request, options as RequestInit),
  isOnline: () => true,
  online: true,
} satisfies Pick<Electron.Net, 'fetch' | 'isOnline' | 'online'>);
