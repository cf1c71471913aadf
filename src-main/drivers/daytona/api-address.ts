/** The address of the control plane: what may be typed, and what it is without its odd endings. */

/** Daytona's cloud. */
export const cloudAddress = 'https://app.daytona.io/api';

/** What is wrong with an address that a person typed, in words; undefined where it can be used. */
export function addressProblem(text: string, allowInsecure: boolean): string | undefined {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return 'Enter an address like https://daytona.example.com/api.';
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return 'Enter an address that starts with https://.';
  if (url.username || url.password) return 'Take user name and password out of the address.';
  if (url.search || url.hash) return 'Take everything from ? or # on out of the address.';
  if (url.protocol === 'http:' && !allowInsecure && !isLoopback(url.hostname))
    return 'Over http:// the API key could be read on the way. Use https://, or allow it below.';
  return undefined;
}

/** The address as the SDK wants it. */
export function apiAddress(typed: string): string {
  return (typed === '' ? cloudAddress : typed).replace(/\/+$/, '');
}

/** True for this computer itself, in any of its usual names. */
export function isLoopback(hostname: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/i.test(hostname);
}
