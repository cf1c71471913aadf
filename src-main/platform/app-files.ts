/**
 * Answers requests for the app's pages: only GET, only our host, only files of the renderer folder, with the headers that
 * keep a page from doing more than it should. Pure but for reading files; runs under plain Node.
 */
import { isAbsolute, relative, resolve } from 'node:path';
import { appHost, appScheme } from './origins.ts';

/** What answering needs. */
export interface AppFilesOptions {
  /** Folder of the built pages. */
  root: string;
  readFile: (path: string) => Promise<Uint8Array>;
  /** A new nonce for each page load: random, base64. */
  createNonce: () => string;
}

/** Replaced in pages by the nonce of this load. */
export const noncePlaceholder = '__CSP_NONCE__';

const mimeTypes: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  mjs: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json; charset=utf-8',
  map: 'application/json; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  ico: 'image/x-icon',
  woff2: 'font/woff2',
  wasm: 'application/wasm',
  txt: 'text/plain; charset=utf-8',
};

/**
 * The content security policy. No network at all (`connect-src 'self'` is our own scheme), no inline script, inline styles
 * only with the nonce of this load. Frames are for hostile HTML output: sandboxed, from data or srcdoc.
 */
export function contentSecurityPolicy(nonce: string | null): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    nonce === null ? "style-src 'self'" : `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "frame-src 'self' data: about:",
    "worker-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
  ].join('; ');
}

/** The file of a request's URL within `root`, or null where the URL asks for anything else. */
export function fileOf(url: string, root: string): string | null {
  const parsed = URL.parse(url);
  if (parsed === null || parsed.protocol !== `${appScheme}:` || parsed.host !== appHost) return null;
  if (parsed.username !== '' || parsed.password !== '') return null;
  let path: string;
  try {
    path = decodeURIComponent(parsed.pathname);
  } catch {
    return null;
  }
  // Backslashes and drive letters are paths on Windows, NUL cuts names, a second encoding level hides the first.
  if (/[\\\0:%]/.test(path) || path.split('/').includes('..')) return null;
  const file = resolve(root, path === '/' || path === '' ? 'index.html' : path.replace(/^\/+/, ''));
  const within = relative(root, file);
  return within === '' || within.startsWith('..') || isAbsolute(within) ? null : file;
}

/** The response to a request. Never rejects. */
export async function answerAppRequest(request: Request, options: AppFilesOptions): Promise<Response> {
  if (request.method !== 'GET') return refuse(405);
  const file = fileOf(request.url, options.root);
  if (file === null) return refuse(404);
  let body: Uint8Array;
  try {
    body = await options.readFile(file);
  } catch {
    return refuse(404);
  }
  const extension = file.slice(file.lastIndexOf('.') + 1).toLowerCase();
  const type = mimeTypes[extension] ?? 'application/octet-stream';
  if (extension !== 'html') return new Response(body as BodyInit, { headers: headers(type, null) });
  const nonce = options.createNonce();
  const page = new TextDecoder().decode(body).replaceAll(noncePlaceholder, nonce);
  return new Response(page, { headers: headers(type, nonce) });
}

function headers(type: string, nonce: string | null): Record<string, string> {
  return {
    'content-type': type,
    'content-security-policy': contentSecurityPolicy(nonce),
    'x-content-type-options': 'nosniff',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    // A page with a nonce must never come from a cache; files have hashed names, and come from this disk anyway.
    'cache-control': nonce === null ? 'no-cache' : 'no-store',
  };
}

function refuse(status: number): Response {
  return new Response(null, { status, headers: headers('text/plain; charset=utf-8', null) });
}
