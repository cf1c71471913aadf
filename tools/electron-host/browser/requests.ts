// Answers the requests of pages that Chromium hands over (one Fetch domain for the whole browser): custom schemes by the
// session's protocol handlers, documents after asking `will-navigate`, and synchronous IPC.
import { allSessions, type HostSession } from '../api/session.ts';
import type { HeaderMap } from '../api/web-request.ts';
import { customSchemes, toAppUrl, translatePolicy } from './addresses.ts';
import type { Cdp } from './cdp.ts';

/** A request that is held until it is answered. */
interface PausedRequest {
  requestId: string;
  frameId: string;
  resourceType: string;
  request: {
    url: string;
    method: string;
    headers: Record<string, string>;
    postData?: string;
    hasPostData?: boolean;
    postDataEntries?: { bytes?: string }[];
  };
}

/** What the router asks of the window that a request belongs to. */
export interface RequestOwner {
  readonly session: HostSession;
  /** A document is about to be loaded; false keeps the page where it is. */
  mayNavigate(browserUrl: string): boolean;
  /** A `sendSync` of the preload; resolves with the packed answer. */
  answerSync(body: string): Promise<unknown>;
}

/** The addresses to hold, for the schemes that are known now. */
function patterns(): object[] {
  return [
    { urlPattern: 'https://*.invalid/*' },
    { urlPattern: '*', resourceType: 'Document' },
    ...[...customSchemes()].map((scheme) => ({ urlPattern: `${scheme}://*` })),
  ];
}

/** Tells Chromium which requests to hold; call again when a scheme was added. */
export async function holdRequests(cdp: Cdp): Promise<void> {
  await cdp.send('Fetch.enable', { patterns: patterns() });
}

function bodyOf({ request }: PausedRequest): Buffer | undefined {
  if (request.postDataEntries) {
    return Buffer.concat(request.postDataEntries.map((entry) => Buffer.from(entry.bytes ?? '', 'base64')));
  }
  return request.postData === undefined ? undefined : Buffer.from(request.postData, 'utf8');
}

function headerMap(headers: Headers): HeaderMap {
  const map: HeaderMap = {};
  for (const [name, value] of headers) map[name] = [...(map[name] ?? []), value];
  return map;
}

/** Answers held requests until the browser is gone; `ownerOf` finds the window of a main frame. */
export function answerRequests(cdp: Cdp, ownerOf: (frameId: string) => RequestOwner | undefined): void {
  const fail = (paused: PausedRequest, errorReason: string): void =>
    cdp.tell('Fetch.failRequest', { requestId: paused.requestId, errorReason });
  const fulfill = (paused: PausedRequest, status: number, headers: HeaderMap, body: Uint8Array): void =>
    cdp.tell('Fetch.fulfillRequest', {
      requestId: paused.requestId,
      responseCode: status,
      responseHeaders: Object.entries(headers).flatMap(([name, values]) =>
        values.map((value) => ({ name, value })),
      ),
      body: Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('base64'),
    });

  const answer = async (paused: PausedRequest): Promise<void> => {
    const browserUrl = paused.request.url;
    const type = paused.resourceType;
    const owner = ownerOf(paused.frameId);
    if (/^https:\/\/[^/]+\.host\.invalid\//.test(browserUrl)) {
      fulfill(paused, 200, { 'content-type': ['text/html'] }, new Uint8Array());
      return;
    }
    if (new URL(browserUrl).pathname === '/__electron_host_sync') {
      const result = (await owner?.answerSync(paused.request.postData ?? '')) ?? null;
      fulfill(paused, 200, {}, Buffer.from(JSON.stringify(result)));
      return;
    }
    if (type === 'Document' && owner && !owner.mayNavigate(browserUrl)) return fail(paused, 'Aborted');
    // Chromium looks for an icon of the page by itself; Electron does not.
    if (type === 'Other' && new URL(browserUrl).pathname === '/favicon.ico')
      return fulfill(paused, 204, {}, new Uint8Array());
    const url = toAppUrl(browserUrl);
    const scheme = url.slice(0, url.indexOf(':'));
    const { method } = paused.request;
    // Requests of workers and of subframes belong to no window here: any session that knows the scheme answers.
    const session = owner?.session ?? allSessions().find((one) => one.protocol.handlerFor(scheme));
    const handler = session?.protocol.handlerFor(scheme);
    if (session && !(await session.webRequest.allows(url, method, type)))
      return fail(paused, 'BlockedByClient');
    if (!session || !handler) {
      if (/^https:\/\/[^/]*\.invalid(\/|$)/.test(browserUrl)) return fail(paused, 'NameNotResolved');
      cdp.tell('Fetch.continueRequest', { requestId: paused.requestId });
      return;
    }
    const body = bodyOf(paused);
    const init: RequestInit = { method, headers: paused.request.headers };
    if (body !== undefined && method !== 'GET' && method !== 'HEAD') init.body = new Uint8Array(body);
    const response = await handler(new Request(url, init));
    const headers = await session.webRequest.filterHeaders(
      url,
      method,
      type,
      response.status,
      headerMap(response.headers),
    );
    if (headers === null) return fail(paused, 'BlockedByClient');
    for (const [name, values] of Object.entries(headers)) {
      if (/^content-security-policy/i.test(name)) headers[name] = values.map(translatePolicy);
    }
    fulfill(paused, response.status, headers, new Uint8Array(await response.arrayBuffer()));
  };

  cdp.on('Fetch.requestPaused', (paused: PausedRequest) => {
    answer(paused).catch((error: unknown) => {
      console.error(`[electron-host] a request for ${toAppUrl(paused.request.url)} failed:`, error);
      fail(paused, 'Failed');
    });
  });
}
