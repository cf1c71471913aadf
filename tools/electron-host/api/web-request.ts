// session.webRequest: the two hooks that requests.ts can honour. The others throw by name.
import { strictClass } from '../strict.ts';

/** Headers by name, as Electron passes them. */
export type HeaderMap = Record<string, string[]>;

interface RequestDetails {
  id: number;
  url: string;
  method: string;
  resourceType: string;
  timestamp: number;
}

type BeforeRequest = (details: RequestDetails, callback: (r: { cancel?: boolean }) => void) => void;
type HeadersReceived = (
  details: RequestDetails & { responseHeaders: HeaderMap; statusCode: number; statusLine: string },
  callback: (response: { cancel?: boolean; responseHeaders?: Record<string, string | string[]> }) => void,
) => void;

/** Chromium's resource type in Electron's words. */
function electronType(type: string): string {
  const known: Record<string, string> = {
    Document: 'mainFrame',
    XHR: 'xhr',
    Fetch: 'xhr',
    CSPViolationReport: 'cspReport',
  };
  return known[type] ?? type.charAt(0).toLowerCase() + type.slice(1);
}

/** The hooks of one session; each has at most one listener, null removes it. URL filters are not looked at. */
export class HostWebRequest extends strictClass('WebRequest') {
  #beforeRequest: BeforeRequest | null = null;
  #headersReceived: HeadersReceived | null = null;
  #lastId = 0;

  onBeforeRequest(...args: unknown[]): void {
    this.#beforeRequest = args.at(-1) as BeforeRequest | null;
  }

  onHeadersReceived(...args: unknown[]): void {
    this.#headersReceived = args.at(-1) as HeadersReceived | null;
  }

  /** Asks whether the request may go on. */
  async allows(url: string, method: string, type: string): Promise<boolean> {
    const listener = this.#beforeRequest;
    if (!listener) return true;
    const answer = await new Promise<{ cancel?: boolean }>((resolve) => {
      listener(this.#details(url, method, type), resolve);
    });
    return !answer.cancel;
  }

  /** The response's headers after the app's hook, or null when it cancelled the request. */
  async filterHeaders(
    url: string,
    method: string,
    type: string,
    status: number,
    headers: HeaderMap,
  ): Promise<HeaderMap | null> {
    const listener = this.#headersReceived;
    if (!listener) return headers;
    const details = {
      ...this.#details(url, method, type),
      responseHeaders: headers,
      statusCode: status,
      statusLine: `HTTP/1.1 ${status}`,
    };
    const answer = await new Promise<Parameters<Parameters<HeadersReceived>[1]>[0]>((resolve) => {
      listener(details, resolve);
    });
    if (answer.cancel) return null;
    const changed = Object.entries(answer.responseHeaders ?? headers);
    return Object.fromEntries(changed.map(([name, value]) => [name, [value].flat()]));
  }

  #details(url: string, method: string, type: string): RequestDetails {
    return { id: ++this.#lastId, url, method, resourceType: electronType(type), timestamp: Date.now() };
  }
}
