// The faults that come before the work.
import { STATUS_CODES } from 'node:http';
import { apiError, DaemonError, daemonError } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { effectOf, type FaultEffect, type Plane, quotaMessage } from './faults.ts';

/** An answer instead of the work. */
export interface Refusal {
  readonly status: number;
  /** Undefined for no body at all. */
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

/** Apply them. True when the request has been dealt with. */
export async function suffer(exchange: Exchange, plane: Plane): Promise<boolean> {
  const delay = exchange.effect('delay');
  if (delay) {
    // The body is taken first: the work must go on when the client has gone. Uploads are read as they come.
    if (!/\/files\/(bulk-upload|upload-v2)$/.test(exchange.url.pathname)) await exchange.body();
    await new Promise((resolve) => setTimeout(resolve, delay.ms));
  }
  if (exchange.effect('drop')) {
    exchange.cut();
    return true;
  }
  const { effects, url, method } = exchange;
  const refusal = refusalOf(effects, plane, url.pathname, method, exchange.header('authorization'));
  if (!refusal) return false;
  exchange.req.resume(); // the connection can be used again only when the body has been read
  exchange.json(refusal.status, refusal.body, refusal.headers);
  return true;
}

/** What the request is answered instead of being served, if anything. */
export function refusalOf(
  effects: readonly FaultEffect[],
  plane: Plane,
  path: string,
  method: string,
  authorization: string | undefined,
): Refusal | undefined {
  const quota = effectOf(effects, 'quota');
  if (quota) {
    const status = quota.status ?? 403;
    return { status, body: apiError(status, quotaMessage(quota.resource, quota.limit), path), headers: {} };
  }
  const limit = effectOf(effects, 'rate-limit');
  if (limit) {
    const throttler = limit.throttler ?? 'sandbox-create';
    const headers = {
      [`Retry-After-${throttler}`]: String(limit.retryAfterS),
      [`X-RateLimit-Limit-${throttler}`]: '300',
      [`X-RateLimit-Remaining-${throttler}`]: '0',
      [`X-RateLimit-Reset-${throttler}`]: String(limit.retryAfterS),
    };
    return { status: 429, body: apiError(429, 'Rate limit exceeded', path), headers };
  }
  const reply = effectOf(effects, 'reply');
  if (!reply) return undefined;
  const { status, empty, echoKey, code } = reply;
  if (empty) return { status, body: undefined, headers: {} };
  const message = `${reply.message ?? STATUS_CODES[status] ?? 'error'}${echoKey ? `: ${authorization ?? ''}` : ''}`;
  const body =
    plane === 'toolbox' && code
      ? daemonError(new DaemonError(status, code, message), path, method)
      : apiError(status, message, path, code);
  return { status, body, headers: {} };
}
