/** Origins, permissions, requests, and links that leave the app. */
import { describe, expect, test } from 'vitest';
import { checkLink, openExternal } from '../../../src-main/platform/open-external.ts';
import { appOrigin, devServerOrigin, isOwnUrl, originOf } from '../../../src-main/platform/origins.ts';
import { isAllowedPermission, isAllowedRequest } from '../../../src-main/platform/security.ts';

const origins = [appOrigin];

describe('links', () => {
  test('a plain https link is opened as it was checked', async () => {
    const opened: string[] = [];
    const shell = { openExternal: async (url: string) => void opened.push(url) };
    await openExternal(shell, 'https://EXAMPLE.com/a?b=c#d');
    expect(opened).toEqual(['https://example.com/a?b=c#d']);
  });

  test.each([
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    'file:///etc/passwd',
    'smb://server/share',
    '\\\\server\\share',
    'http://example.com',
    'mailto:a@example.com?attach=/etc/passwd',
    'ms-msdt:/id PCWDiagnostic',
    'vscode://file/etc/passwd',
    'specboard://app/',
    'data:text/html,hi',
    'https://user@example.com',
    'https://user:password@example.com',
    'https://:@/',
    'https://',
    'https:///',
    'example.com',
    '//example.com',
    '',
    ' https://example.com',
    'https://example.com/ --flag',
    'https://example.com\n',
    'https://exam\tple.com',
    'https://example.com/\u202egpj.exe',
    'https://example.com\\@evil.com',
    'https://example.com/\u0000',
    `https://example.com/${'a'.repeat(5000)}`,
  ])('%j is refused with words, and nothing is opened', async (url) => {
    let opened = false;
    const shell = {
      openExternal: async () => {
        opened = true;
      },
    };
    const check = checkLink(url);
    expect(check.ok ? 'accepted' : check.reason).toMatch(/^[A-Z].*\.$/);
    await expect(openExternal(shell, url)).rejects.toMatchObject({ problem: { code: 'invalid' } });
    expect(opened).toBe(false);
  });

  test('a system without a browser is said so', async () => {
    const shell = { openExternal: () => Promise.reject(new Error('no handler')) };
    await expect(openExternal(shell, 'https://example.com')).rejects.toMatchObject({
      problem: { code: 'unavailable' },
    });
  });
});

test('own URLs are told by their whole origin', () => {
  expect(isOwnUrl('specboard://app/index.html#x', origins)).toBe(true);
  for (const url of [
    'specboard://app.evil/index.html',
    'specboard://app:1/index.html',
    'specboard://other/',
    'specboard://user@app/',
    'https://app/',
    'about:blank',
    'data:text/html,specboard://app/',
    'nonsense',
    '',
  ]) {
    expect(isOwnUrl(url, origins), url).toBe(false);
  }
  // An opaque origin is no origin, even if somebody put "null" on the list.
  expect(isOwnUrl('data:text/html,x', ['null'])).toBe(false);
  expect([originOf('specboard://app/x'), originOf('http://localhost:5173/x')]).toEqual([
    'specboard://app',
    'http://localhost:5173',
  ]);
});

test('the Vite server counts only from a checkout, and only on this machine', () => {
  expect(devServerOrigin(false, 'http://localhost:5173/')).toBe('http://localhost:5173');
  expect(devServerOrigin(false, 'http://127.0.0.1:5173')).toBe('http://127.0.0.1:5173');
  expect(devServerOrigin(false, 'http://[::1]:5173')).toBe('http://[::1]:5173');
  expect(devServerOrigin(true, 'http://localhost:5173/')).toBeNull();
  for (const url of [
    undefined,
    '',
    'nonsense',
    'https://localhost/',
    'http://example.com',
    'http://localhost.evil/',
  ]) {
    expect(devServerOrigin(false, url), url).toBeNull();
  }
});

test('the only permission is copying text, for our own main frame', () => {
  const url = 'specboard://app/index.html';
  expect(isAllowedPermission('clipboard-sanitized-write', url, true, origins)).toBe(true);
  expect(isAllowedPermission('clipboard-sanitized-write', url, false, origins)).toBe(false);
  expect(isAllowedPermission('clipboard-sanitized-write', 'https://example.com', true, origins)).toBe(false);
  for (const permission of [
    'clipboard-read',
    'media',
    'geolocation',
    'notifications',
    'openExternal',
    'usb',
  ]) {
    expect(isAllowedPermission(permission, url, true, origins), permission).toBe(false);
  }
});

test('the session reaches no network', () => {
  for (const url of [
    'specboard://app/x.js',
    'data:image/png;base64,',
    'blob:specboard://app/1',
    'devtools://devtools/x',
  ]) {
    expect(isAllowedRequest(url, origins), url).toBe(true);
  }
  for (const url of [
    'https://example.com',
    'http://127.0.0.1:5173',
    'ws://127.0.0.1:1',
    'file:///etc/passwd',
    'ftp://x',
  ]) {
    expect(isAllowedRequest(url, origins), url).toBe(false);
  }
  const dev = [appOrigin, 'http://localhost:5173'];
  expect(isAllowedRequest('ws://localhost:5173/?token=1', dev)).toBe(true);
  expect(isAllowedRequest('ws://localhost:5174/', dev)).toBe(false);
});
