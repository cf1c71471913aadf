/** The app's own scheme: only its own files, with a policy that allows no network and no inline code. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answerAppRequest, contentSecurityPolicy, fileOf } from '../../../src-main/platform/app-files.ts';

let folder = '';
let root = '';
const read: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'specboard-files-'));
  root = join(folder, 'renderer');
  await mkdir(join(root, 'assets'), { recursive: true });
  await writeFile(
    join(root, 'index.html'),
    '<meta nonce="__CSP_NONCE__"><style nonce="__CSP_NONCE__"></style>',
  );
  await writeFile(join(root, 'assets', 'app-1.js'), 'export {}');
  await writeFile(join(root, 'assets', 'a b.svg'), '<svg/>');
  await writeFile(join(folder, 'secret.txt'), 'secret');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let nonces = 0;
function get(url: string, method = 'GET'): Promise<Response> {
  // Not a Request: its constructor refuses some of the URLs, and Electron hands over what the page asked for.
  return answerAppRequest({ url, method } as Request, {
    root,
    readFile: (path) => {
      read.push(path);
      return readFile(path);
    },
    createNonce: () => {
      nonces += 1;
      return `nonce${nonces}`;
    },
  });
}

test('pages and files are served with their types', async () => {
  for (const [url, type, text] of [
    ['specboard://app/assets/app-1.js', 'text/javascript; charset=utf-8', 'export {}'],
    ['specboard://app/assets/app-1.js?v=1#x', 'text/javascript; charset=utf-8', 'export {}'],
    ['specboard://app/assets/a%20b.svg', 'image/svg+xml', '<svg/>'],
  ] as const) {
    const response = await get(url);
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
      200,
      type,
      text,
    ]);
  }
  expect((await get('specboard://app/')).headers.get('content-type')).toBe('text/html; charset=utf-8');
});

test('each page load has its own nonce, in the page and in the policy', async () => {
  const seen = new Set<string>();
  for (const url of ['specboard://app/', 'specboard://app/index.html', 'specboard://app']) {
    const response = await get(url);
    const nonce = /'nonce-([^']+)'/.exec(response.headers.get('content-security-policy') ?? '')?.[1] ?? '';
    expect(await response.text()).toBe(`<meta nonce="${nonce}"><style nonce="${nonce}"></style>`);
    expect(response.headers.get('cache-control')).toBe('no-store');
    seen.add(nonce);
  }
  expect(seen.size).toBe(3);
});

test('every answer carries the guards, also a refusal', async () => {
  for (const url of ['specboard://app/', 'specboard://app/assets/app-1.js', 'specboard://app/none']) {
    const { headers } = await get(url);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'; /);
  }
});

test('the policy allows no inline code, no eval, no network and no foreign frames', () => {
  const policy = contentSecurityPolicy('abc');
  expect(policy).not.toMatch(/unsafe|https?:|wss?:|\*|strict-dynamic/);
  const directives = new Map(
    policy.split('; ').map((part) => [part.split(' ')[0], part.split(' ').slice(1).join(' ')]),
  );
  expect(Object.fromEntries(directives)).toEqual({
    'default-src': "'none'",
    'script-src': "'self'",
    'style-src': "'self' 'nonce-abc'",
    'img-src': "'self' data: blob:",
    'font-src': "'self'",
    'connect-src': "'self'",
    'frame-src': "'self' data: about:",
    'worker-src': "'self' blob:",
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
    'object-src': "'none'",
  });
  expect(contentSecurityPolicy(null)).not.toContain('nonce');
});

test.each([
  'specboard://app/../secret.txt',
  'specboard://app/..%2fsecret.txt',
  'specboard://app/%2e%2e/secret.txt',
  'specboard://app/assets/..%2f..%2fsecret.txt',
  'specboard://app/assets/..%2findex.html',
  'specboard://app/index.html%5c..%5cindex.html',
  'specboard://app/..%252fsecret.txt',
  'specboard://app/..%5csecret.txt',
  'specboard://app/..\\secret.txt',
  'specboard://app/%00index.html',
  'specboard://app/index.html%00.js',
  'specboard://app/C:%5cWindows%5cwin.ini',
  'specboard://app/C:/Windows/win.ini',
  'specboard://app/%zz',
  'specboard://app/assets',
  'specboard://app/assets/',
  'specboard://app/%2fetc%2fpasswd',
  'specboard://app//etc/passwd',
  'specboard://other/index.html',
  'specboard://app:8080/index.html',
  'specboard://user@app/index.html',
  'specboard:index.html',
  'file:///etc/passwd',
  'https://app/index.html',
  'nonsense',
])('%s is not served', async (url) => {
  read.length = 0;
  const response = await get(url);
  expect([response.status, await response.text()]).toEqual([404, '']);
  // Not only that it failed: nothing outside the folder was even tried.
  for (const path of read) expect(path.startsWith(root)).toBe(true);
});

test('an absolute path of this disk is taken as a path within the folder', () => {
  expect(fileOf(`specboard://app/${folder}/secret.txt`, root)).toBe(join(root, folder, 'secret.txt'));
  expect(fileOf('specboard://app//etc/passwd', root)).toBe(join(root, 'etc', 'passwd'));
});

test.each(['POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS'])('%s is refused', async (method) => {
  read.length = 0;
  expect((await get('specboard://app/index.html', method)).status).toBe(405);
  expect(read).toEqual([]);
});
