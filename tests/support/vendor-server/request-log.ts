// What a test server was asked: one entry a request, with every key masked.
import type { IncomingHttpHeaders } from 'node:http';

/** One request as the server saw it. */
export interface RequestEntry<Plane extends string> {
  /** When it came, milliseconds since the epoch of the server's clock. */
  readonly at: number;
  readonly plane: Plane;
  readonly method: string;
  readonly path: string;
  /** The query, with secrets masked. */
  readonly query: string;
  readonly httpVersion: string;
  readonly sandboxId: string | undefined;
  /** Lower-case names; keys and tokens are `***`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Status answered; undefined while none was. */
  status: number | undefined;
  /** True when the connection closed before the answer was complete. */
  aborted: boolean;
}

const LIMIT = 10_000;

/** Headers as the log keeps them; those named in `secret` (lower case) are masked. */
export function maskHeaders(
  headers: IncomingHttpHeaders,
  secret: ReadonlySet<string>,
): Record<string, string> {
  const masked: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    masked[name] = secret.has(name) ? '***' : Array.isArray(value) ? value.join(', ') : (value ?? '');
  }
  return masked;
}

/** Keeps the newest 10 000 requests. */
export class RequestLog<Plane extends string> {
  readonly entries: RequestEntry<Plane>[] = [];

  /** Remember a request. Returns the same entry, to be completed when it is answered. */
  add(entry: RequestEntry<Plane>): RequestEntry<Plane> {
    this.entries.push(entry);
    if (this.entries.length > LIMIT) this.entries.shift();
    return entry;
  }

  /** The requests with this method and path. */
  find(method: string, path: string | RegExp): RequestEntry<Plane>[] {
    return this.entries.filter(
      (entry) =>
        entry.method === method && (typeof path === 'string' ? entry.path === path : path.test(entry.path)),
    );
  }

  clear(): void {
    this.entries.length = 0;
  }
}
