/**
 * Remembers how long E2B asked us to wait. The SDK drops the Retry-After header of a 429 when it gives up; undici, its
 * transport, announces every answer on a diagnostics channel, where it can still be read.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';

const CHANNEL = 'undici:request:headers';

interface HeadersMessage {
  request?: { origin?: unknown };
  response?: { statusCode?: number; headers?: unknown };
}

/** Runs a call and gives its outcome with the last Retry-After (ms) that came from this origin meanwhile. */
export async function watchRetryAfter<T>(
  apiUrl: string,
  call: () => Promise<T>,
  onSeen: (retryAfterMs: number) => void,
): Promise<T> {
  const { origin } = new URL(apiUrl);
  const listener = (message: unknown): void => {
    const { request, response } = message as HeadersMessage;
    if (response?.statusCode !== 429 || String(request?.origin) !== origin) return;
    const seconds = Number(headerOf(response.headers, 'retry-after'));
    if (Number.isFinite(seconds) && seconds >= 0) onSeen(seconds * 1000);
  };
  subscribe(CHANNEL, listener);
  try {
    return await call();
  } finally {
    unsubscribe(CHANNEL, listener);
  }
}

/** undici gives headers as a flat list of names and values, as buffers or strings. */
function headerOf(headers: unknown, name: string): string | undefined {
  if (!Array.isArray(headers)) return undefined;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    if (String(headers[i]).toLowerCase() === name) return String(headers[i + 1]);
  }
  return undefined;
}
