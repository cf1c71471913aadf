/** The app's own origins: its scheme, and in development the Vite server. Pure. */

/** The scheme of the app's pages. */
export const appScheme = 'specboard';
/** The only host of that scheme. */
export const appHost = 'app';
/** Origin of the app's pages. */
export const appOrigin = `${appScheme}://${appHost}`;

const loopbackHosts: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * The Vite server's origin, or null. Only from a checkout, only plain http on this machine: an installed app must not be
 * made to load another page by an environment variable.
 */
export function devServerOrigin(packaged: boolean, url: string | undefined): string | null {
  if (packaged || url === undefined || url === '') return null;
  const parsed = URL.parse(url);
  if (parsed === null || parsed.protocol !== 'http:' || !loopbackHosts.has(parsed.hostname)) return null;
  return parsed.origin;
}

/** The origin of a URL; unlike `URL.origin`, not "null" for our own scheme. Null where it has none. */
export function originOf(url: string): string | null {
  const parsed = URL.parse(url);
  if (parsed === null) return null;
  if (parsed.protocol === `${appScheme}:`) return `${appScheme}://${parsed.host}`;
  return parsed.origin === 'null' ? null : parsed.origin;
}

/** True for a URL on one of the origins, compared whole. */
export function isOwnUrl(url: string, origins: readonly string[]): boolean {
  const parsed = URL.parse(url);
  // Credentials are no part of an origin, but no page of ours has them.
  if (parsed === null || parsed.username !== '' || parsed.password !== '') return false;
  const origin = originOf(url);
  return origin !== null && origins.includes(origin);
}
