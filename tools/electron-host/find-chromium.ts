// Finds an installed Chromium, Chrome or Edge on Linux, macOS and Windows.
import { existsSync } from 'node:fs';
import path from 'node:path';

/** What the search looks at; tests give their own. */
export interface BrowserSearch {
  platform: NodeJS.Platform;
  env: Readonly<Record<string, string | undefined>>;
  exists(file: string): boolean;
}

const LINUX = [
  // The real binary first: Debian's /usr/bin/chromium is a wrapper that loads extensions and prints errors.
  '/usr/lib/chromium/chromium',
  '/usr/lib/chromium-browser/chromium-browser',
  '/usr/lib64/chromium-browser/chromium-browser',
  '/opt/google/chrome/chrome',
  '/opt/microsoft/msedge/msedge',
];
const LINUX_NAMES = [
  ...['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'microsoft-edge-stable'],
  ...['microsoft-edge', 'brave-browser'],
];
const MAC_APPS = [
  'Google Chrome',
  'Chromium',
  'Microsoft Edge',
  'Brave Browser',
  'Google Chrome for Testing',
];
const WINDOWS = [
  ['Google', 'Chrome', 'Application', 'chrome.exe'],
  ['Chromium', 'Application', 'chrome.exe'],
  ['Microsoft', 'Edge', 'Application', 'msedge.exe'],
];

function candidates({ platform, env }: BrowserSearch): string[] {
  if (platform === 'darwin') {
    const roots = ['/Applications', ...(env.HOME ? [`${env.HOME}/Applications`] : [])];
    return MAC_APPS.flatMap((app) => roots.map((root) => `${root}/${app}.app/Contents/MacOS/${app}`));
  }
  if (platform === 'win32') {
    const roots = [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA].filter((root) => !!root);
    return WINDOWS.flatMap((parts) => roots.map((root) => path.win32.join(root ?? '', ...parts)));
  }
  const folders = (env.PATH ?? '').split(':').filter((folder) => folder.startsWith('/'));
  return [...LINUX, ...LINUX_NAMES.flatMap((name) => folders.map((folder) => `${folder}/${name}`))];
}

/** The executable to use, or null. HOST_CHROMIUM, when set, is the only one that counts. */
export function findChromium(
  search: BrowserSearch = { platform: process.platform, env: process.env, exists: existsSync },
): string | null {
  const chosen = search.env.HOST_CHROMIUM;
  if (chosen) return search.exists(chosen) ? chosen : null;
  return candidates(search).find((file) => search.exists(file)) ?? null;
}
