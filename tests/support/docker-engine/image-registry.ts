/**
 * A registry of images on loopback that a real engine pulls from (engines take plain HTTP there), with the faults of real ones.
 * As much of the protocol as a pull needs: manifests by tag and digest, blobs; a login (Basic) where it is asked for.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { digestOf, type SmallImage } from './small-image.ts';

/** What goes wrong with a repository. */
export type RegistryFault =
  /** There is no such tag. */
  | 'unknown-tag'
  /** No such repository, or a private one: registries do not tell. */
  | 'denied'
  /** A login is wanted. */
  | 'unauthorized'
  | 'too-many'
  /** Every layer stops in the middle and waits; see `held`. */
  | 'hold'
  /** Every connection is cut. */
  | 'cut';

/** A running registry; whoever started it closes it. */
export interface ImageRegistry {
  /** "127.0.0.1:5000": image names begin with it. */
  host: string;
  /** Adds an image; gives the name to pull: "127.0.0.1:5000/name:1". */
  add(name: string, image: SmallImage, fault?: RegistryFault): string;
  /** From now on what is held goes on, and the faults of this repository are over. */
  heal(name: string): void;
  /** Resolves when `count` layers of the repository are held. */
  held(name: string, count: number): Promise<void>;
  /** Resolves when none is held any more; gives how many of them the engine took to their end. */
  released(name: string): Promise<number>;
  close(): Promise<void>;
}

interface Repository {
  image: SmallImage;
  fault: RegistryFault | null;
  held: Set<{ response: ServerResponse; rest: Buffer }>;
  taken: number;
  changed: Set<() => void>;
}

/** Starts it on a free port. With a `login` it gives nothing to others. */
export async function startImageRegistry(login?: {
  username: string;
  password: string;
}): Promise<ImageRegistry> {
  const wanted = login && `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
  const repositories = new Map<string, Repository>();
  const server = createServer((request, response) => {
    request.resume();
    response.on('error', () => {}); // the engine went away
    if (wanted !== undefined && request.headers.authorization !== wanted) return askLogin(response);
    serve(repositories, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const of = (name: string): Repository => {
    const found = repositories.get(name);
    if (!found) throw new Error(`no repository ${name}`);
    return found;
  };
  const until = async (name: string, done: (repository: Repository) => boolean): Promise<void> => {
    const repository = of(name);
    while (!done(repository)) await new Promise<void>((resolve) => repository.changed.add(resolve));
  };
  return {
    host,
    add(name, image, fault) {
      repositories.set(name, { image, fault: fault ?? null, held: new Set(), taken: 0, changed: new Set() });
      return `${host}/${name}:1`;
    },
    heal(name) {
      const repository = of(name);
      repository.fault = null;
      for (const { response, rest } of repository.held) response.end(rest);
    },
    held: (name, count) => until(name, ({ held }) => held.size >= count),
    async released(name) {
      await until(name, ({ held }) => held.size === 0);
      return of(name).taken;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function askLogin(response: ServerResponse): void {
  const { status, type, body } = refusal(401, 'UNAUTHORIZED', 'authentication required');
  response.setHeader('WWW-Authenticate', 'Basic realm="a test"');
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': body.length });
  response.end(body);
}

/** A whole answer, or a blob that stops in the middle. */
interface Answer {
  status: number;
  type: string;
  body: Buffer;
  /** Where the layer is held. */
  heldBy?: Repository;
}

function serve(
  repositories: ReadonlyMap<string, Repository>,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const answer = answerTo(repositories, request, response);
  if (answer === null) return void request.socket.destroy();
  const { status, type, body, heldBy } = answer;
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': body.length });
  if (heldBy === undefined) response.end(body);
  else hold(heldBy, response, body);
}

function hold(repository: Repository, response: ServerResponse, body: Buffer): void {
  const half = Math.floor(body.length / 2);
  response.write(body.subarray(0, half));
  const entry = { response, rest: body.subarray(half) };
  repository.held.add(entry);
  tell(repository);
  // Handed to the system to its end: more than the system keeps for a reader that is gone.
  response.on('finish', () => {
    repository.taken += 1;
  });
  response.on('close', () => {
    repository.held.delete(entry);
    tell(repository);
  });
}

function answerTo(
  repositories: ReadonlyMap<string, Repository>,
  request: IncomingMessage,
  response: ServerResponse,
): Answer | null {
  const path = new URL(request.url ?? '/', 'http://registry').pathname;
  response.setHeader('Docker-Distribution-Api-Version', 'registry/2.0');
  if (path === '/v2/') return { status: 200, type: 'application/json', body: Buffer.from('{}') };
  const [, name = '', kind, reference = ''] = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(path) ?? [];
  const repository = repositories.get(name);
  if (!repository) return refusal(404, 'NAME_UNKNOWN', 'repository name not known to registry');
  const { image, fault } = repository;
  if (fault === 'cut') return null;
  if (fault === 'denied') return refusal(403, 'DENIED', 'requested access to the resource is denied');
  if (fault === 'unauthorized') return refusal(401, 'UNAUTHORIZED', 'authentication required');
  if (fault === 'too-many') return refusal(429, 'TOOMANYREQUESTS', 'You have reached your pull rate limit.');
  if (kind === 'manifests') {
    const digest = digestOf(image.manifest);
    if (fault === 'unknown-tag' || (reference !== '1' && reference !== digest))
      return refusal(404, 'MANIFEST_UNKNOWN', 'manifest unknown');
    response.setHeader('Docker-Content-Digest', digest);
    const type = 'application/vnd.docker.distribution.manifest.v2+json';
    return { status: 200, type, body: image.manifest };
  }
  const body = image.blobs.get(reference);
  if (!body) return refusal(404, 'BLOB_UNKNOWN', 'blob unknown to registry');
  const answer = { status: 200, type: 'application/octet-stream', body };
  return fault === 'hold' && image.layers.includes(reference) ? { ...answer, heldBy: repository } : answer;
}

function refusal(status: number, code: string, message: string): Answer {
  const body = Buffer.from(JSON.stringify({ errors: [{ code, message }] }));
  return { status, type: 'application/json', body };
}

function tell(repository: Repository): void {
  for (const resolve of repository.changed) resolve();
  repository.changed.clear();
}
