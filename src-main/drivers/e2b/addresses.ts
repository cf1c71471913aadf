/** Where E2B is for a profile: control plane, envd and code interpreter, by domain, apiUrl and sandboxUrl. */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { E2bSettings } from './manifest.ts';

/** Ports inside a sandbox. */
const ENVD_PORT = 49_983;
const INTERPRETER_PORT = 49_999;
/** Domains whose proxy finds the sandbox by header, so that one connection serves several sandboxes. */
const SHARED_HOST_DOMAINS = new Set(['e2b.app', 'e2b.dev', 'e2b.pro', 'e2b-staging.dev']);
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\]|.+\.localhost)$/;

/** Resolved addresses of a profile. */
export interface Addresses {
  domain: string;
  apiUrl: string;
  sandboxUrl: string | undefined;
  proxy: string | undefined;
}

/**
 * Fills in what the profile leaves open from the environment (E2B_DOMAIN, E2B_API_URL, E2B_SANDBOX_URL, HTTPS_PROXY) and
 * checks the result. Throws `invalid` for an address that is none, or that would send the key unencrypted.
 */
export function resolveAddresses(
  settings: E2bSettings,
  env: Readonly<Record<string, string | undefined>>,
): Addresses {
  const domain = settings.domain || env.E2B_DOMAIN || 'e2b.app';
  // A profile that names its domain means that one, whatever the environment says about another installation.
  const apiUrl = settings.apiUrl || (settings.domain ? '' : env.E2B_API_URL) || `https://api.${domain}`;
  const sandboxUrl = settings.sandboxUrl || (settings.domain ? '' : env.E2B_SANDBOX_URL) || undefined;
  checkUrl('apiUrl', apiUrl, settings.allowInsecure);
  if (sandboxUrl) checkUrl('sandboxUrl', sandboxUrl, settings.allowInsecure);
  return {
    domain,
    apiUrl: trimSlash(apiUrl),
    sandboxUrl: sandboxUrl && trimSlash(sandboxUrl),
    proxy: proxyFor(settings, apiUrl, env),
  };
}

/** What is wrong with an address, in words; undefined where it is fine. */
export function addressProblem(url: string, allowInsecure: boolean): string | undefined {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return 'Enter a full address, like https://api.example.com.';
  }
  if (parsed.username || parsed.password) return 'Leave user name and password out of the address.';
  if (parsed.protocol === 'https:') return undefined;
  if (parsed.protocol !== 'http:') return 'The address must start with https://.';
  if (isLoopback(url) || allowInsecure) return undefined;
  return 'This address is not encrypted: the API key could be read on the way. Use https://.';
}

/** True for an address of this machine. */
export function isLoopback(url: string): boolean {
  return LOOPBACK.test(new URL(url).hostname);
}

/** Origin of a sandbox's envd. `sandboxDomain` is what the control plane answered for this sandbox. */
export function envdUrl(addresses: Addresses, sandboxDomain: string, sandboxId: string): string {
  if (addresses.sandboxUrl) return addresses.sandboxUrl;
  if (SHARED_HOST_DOMAINS.has(sandboxDomain)) return `https://sandbox.${sandboxDomain}`;
  return `https://${ENVD_PORT}-${sandboxId}.${sandboxDomain}`;
}

/** Origin of a sandbox's code interpreter. */
export function interpreterUrl(addresses: Addresses, sandboxDomain: string, sandboxId: string): string {
  return addresses.sandboxUrl ?? `https://${INTERPRETER_PORT}-${sandboxId}.${sandboxDomain}`;
}

/** Headers by which E2B's proxy finds the sandbox and envd lets us in. */
export function sandboxHeaders(
  target: 'envd' | 'interpreter',
  sandbox: { sandboxId: string; accessToken: string | undefined; trafficToken: string | undefined },
): Record<string, string> {
  return {
    'E2b-Sandbox-Id': sandbox.sandboxId,
    'E2b-Sandbox-Port': String(target === 'envd' ? ENVD_PORT : INTERPRETER_PORT),
    ...(sandbox.accessToken ? { 'X-Access-Token': sandbox.accessToken } : {}),
    ...(sandbox.trafficToken && target === 'interpreter'
      ? { 'E2B-Traffic-Access-Token': sandbox.trafficToken }
      : {}),
  };
}

function checkUrl(field: 'apiUrl' | 'sandboxUrl', url: string, allowInsecure: boolean): void {
  const problem = addressProblem(url, allowInsecure);
  if (problem) throw new SpecboardError('invalid', problem, { fields: { [field]: problem } });
}

function trimSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

/** The profile's proxy; else the environment's for https, unless the host is exempt there or is this machine. */
function proxyFor(
  settings: E2bSettings,
  apiUrl: string,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (settings.proxy) return settings.proxy;
  if (isLoopback(apiUrl)) return undefined;
  const proxy = env.HTTPS_PROXY || env.https_proxy;
  const exempt = (env.NO_PROXY || env.no_proxy || '')
    .split(',')
    .map((name) => name.trim().replace(/^\*?\./, ''));
  const host = new URL(apiUrl).hostname;
  const isExempt = exempt.some(
    (name) => name === '*' || (name !== '' && (host === name || host.endsWith(`.${name}`))),
  );
  return isExempt ? undefined : proxy || undefined;
}
