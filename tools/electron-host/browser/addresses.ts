// Custom schemes. Chromium cannot be taught a scheme, so app://bundle/x is shown to it as https://bundle.app.invalid/x
// (".invalid" never resolves; all requests for it are answered by requests.ts). The app sees only its own spelling.

const schemes = new Set<string>();

/** Makes `scheme` one that is translated. */
export function addScheme(scheme: string): void {
  schemes.add(scheme);
}

/** The schemes that are translated. */
export function customSchemes(): ReadonlySet<string> {
  return schemes;
}

/** The address that Chromium is given for the app's `url`; other addresses stay as they are. */
export function toBrowserUrl(url: string): string {
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)(.*)$/is.exec(url);
  const [, scheme = '', host = '', rest = ''] = match ?? [];
  if (!match || !schemes.has(scheme.toLowerCase())) return url;
  return `https://${host}.${scheme.toLowerCase()}.invalid${rest.startsWith('/') ? '' : '/'}${rest}`;
}

/** The app's spelling of an address that Chromium reports. */
export function toAppUrl(url: string): string {
  const match = /^https:\/\/([^/?#]*)\.([a-z0-9+-]+)\.invalid(?=[/?#]|$)(.*)$/is.exec(url);
  const [, host = '', scheme = '', rest = ''] = match ?? [];
  return match && schemes.has(scheme) ? `${scheme}://${host}${rest}` : url;
}

/** The origin that Electron gives to a frame at the app's `url`: scheme and host for a standard scheme, else "null". */
export function originOf(url: string): string {
  const match = /^([a-z][a-z0-9+.-]*:\/\/[^/?#]*)/i.exec(url);
  if (!match?.[1]) return 'null';
  return /^file:/i.test(url) ? 'file://' : match[1];
}

/** A Content-Security-Policy whose custom-scheme sources are joined by the spelling that Chromium sees. */
export function translatePolicy(policy: string): string {
  return policy.replace(
    /(?<=^|[\s;,])([a-z][a-z0-9+-]*):(?:\/\/([^\s;,/]+))?(?=[\s;,/]|$)/gi,
    (source, scheme: string, host: string | undefined) =>
      schemes.has(scheme.toLowerCase())
        ? `${source} https://${host ?? '*'}.${scheme.toLowerCase()}.invalid`
        : source,
  );
}
