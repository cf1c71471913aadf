/** Addresses of an engine: what may be written in DOCKER_HOST, in a docker context and in a profile. */
import { SpecboardError } from '../../../../src-shared/contract/errors.ts';

/** Where an engine listens. */
export type EngineAddress =
  | { kind: 'socket'; path: string }
  | { kind: 'pipe'; path: string }
  | { kind: 'tcp'; host: string; port: number; tls: boolean }
  | { kind: 'ssh'; host: string; user: string | null; port: number | null };

/** Certificates for TLS, PEM. */
export interface EngineTls {
  ca?: string;
  cert?: string;
  key?: string;
  /** The server's certificate is not checked: no better than no TLS against whoever is in between. */
  skipVerify: boolean;
}

/** An engine's address with what is needed to dial it. */
export interface EngineEndpoint {
  /** As written: "unix:///var/run/docker.sock". */
  url: string;
  address: EngineAddress;
  tls: EngineTls | null;
}

/**
 * Reads an address: unix://, npipe://, tcp://, http://, https://, ssh://, or the path of a socket. Throws `invalid` with what is
 * wrong. `tls` says whether tcp:// means TLS here (DOCKER_TLS_VERIFY, certificates in the context).
 */
export function parseAddress(text: string, tls = false): EngineAddress {
  const value = text.trim();
  if (value.startsWith('/')) return { kind: 'socket', path: value };
  if (/^(?:\\\\|\/\/)\.[\\/]pipe[\\/]/.test(value)) return { kind: 'pipe', path: pipePath(value) };
  const [, scheme = '', rest = ''] = /^([a-z]+):\/\/(.*)$/i.exec(value) ?? [];
  switch (scheme.toLowerCase()) {
    case 'unix':
      if (!rest.startsWith('/')) throw bad(text, 'the path of the socket must start with "/"');
      return { kind: 'socket', path: rest };
    case 'npipe':
      if (!/^[\\/]{2}\.[\\/]pipe[\\/]/.test(rest)) throw bad(text, 'a pipe is written npipe:////./pipe/name');
      return { kind: 'pipe', path: pipePath(rest) };
    case 'tcp':
    case 'http':
    case 'https':
      return tcpAddress(text, rest, tls || scheme.toLowerCase() === 'https');
    case 'ssh':
      return sshAddress(text, rest);
    case '':
      throw bad(text, 'it has no scheme like unix:// or tcp://');
    default:
      throw bad(text, `"${scheme}://" is not a scheme of an engine's address`);
  }
}

/** True where the address does not leave this computer. */
export function isLoopback(address: EngineAddress): boolean {
  if (address.kind !== 'tcp') return address.kind !== 'ssh';
  return /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/i.test(address.host);
}

/** True where whoever is in between could read and change what is sent. */
export function isInsecure({ address, tls }: EngineEndpoint): boolean {
  if (address.kind !== 'tcp' || isLoopback(address)) return false;
  return !address.tls || tls?.skipVerify === true;
}

function pipePath(text: string): string {
  return text.replaceAll('\\', '/');
}

function tcpAddress(text: string, rest: string, tls: boolean): EngineAddress {
  const url = parseUrl(text, `http://${rest}`);
  if (url.username || url.password) throw bad(text, 'names and passwords do not belong into the address');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // The URL class drops ":80", which is its default.
  const port = Number(url.port || (/:80(?:\/|$)/.test(rest) ? 80 : tls ? 2376 : 2375));
  return { kind: 'tcp', host, port, tls };
}

function sshAddress(text: string, rest: string): EngineAddress {
  const url = parseUrl(text, `ssh://${rest}`);
  if (url.password) throw bad(text, 'passwords do not belong into the address; ssh asks its agent');
  const host = decodeURIComponent(url.hostname).replace(/^\[|\]$/g, '');
  const user = decodeURIComponent(url.username);
  // ssh would take them as options.
  if (host.startsWith('-') || user.startsWith('-')) throw bad(text, 'a name must not start with "-"');
  return { kind: 'ssh', host, user: user || null, port: url.port ? Number(url.port) : null };
}

function parseUrl(text: string, url: string): URL {
  try {
    const parsed = new URL(url);
    if (parsed.hostname !== '') return parsed;
  } catch {
    // said below
  }
  throw bad(text, 'the host is missing or is not one');
}

function bad(text: string, why: string): SpecboardError {
  // A password that was typed into the address must not come back in a message.
  const shown = text.trim().replace(/\/\/[^/@]*@/, '//...@');
  return new SpecboardError('invalid', `"${shown}" is not the address of an engine: ${why}.`, {
    hint: 'Write it like unix:///var/run/docker.sock, tcp://host:2376 or ssh://user@host, or name a docker context.',
  });
}
