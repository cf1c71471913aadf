/** Finds the engine as the docker command does, and says what was tried and why it failed. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { SpecboardError } from '../../../../src-shared/contract/errors.ts';
import { abortError } from '../../base-driver.ts';
import { configFolder, contextEndpoint, currentContext, type ReadText, readTls } from './docker-context.ts';
import { type EngineEndpoint, isInsecure, isLoopback, parseAddress } from './engine-address.ts';
import { EngineClient } from './engine-client.ts';
import { mapEngineError } from './map-engine-errors.ts';
import { type EngineAttempt, noEngineError } from './no-engine-error.ts';
import { createFindLogin, type FindLogin } from './registry-login.ts';
import { usualSockets } from './usual-sockets.ts';

/** What the search depends on. */
export interface FindEngineOptions {
  /** From the profile: an address or the name of a docker context; empty: search. */
  chosen: string;
  /** The profile allows tcp without (verified) TLS to another computer. */
  allowInsecure: boolean;
  env: Readonly<Record<string, string | undefined>>;
  home: string;
  platform: NodeJS.Platform;
  /** Where the system's own folders are; default "/". */
  root?: string;
  /** Time that each place has for its first answer, in ms; default 10 s, 25 s with an ssh login before. */
  patienceMs?: number;
  /** Default: the file system. */
  read?: ReadText;
  /** Default: the file system. */
  exists?: (path: string) => boolean;
}

/** See `findEngine`. */
export interface FoundEngine {
  client: EngineClient;
  /** What was tried before, in order. */
  attempts: readonly EngineAttempt[];
}

/** A place to try: how its address is found, and whether a person named it, so that no other will do. */
interface Candidate {
  place: string;
  endpoint: () => Promise<EngineEndpoint>;
  final: boolean;
}

/**
 * The first engine that answers; whoever calls disposes the client. What a person named (the profile, DOCKER_HOST,
 * DOCKER_CONTEXT, a current context of another computer) is the only one tried: code must not run elsewhere than they think. Throws that place's error, or the most telling
 * one of all places (denied before stuck before not running before not installed); its details say what was tried.
 */
export async function findEngine(options: FindEngineOptions, signal: AbortSignal): Promise<FoundEngine> {
  const attempts: EngineAttempt[] = [];
  for await (const { place, endpoint, final } of candidates(options)) {
    let address = '';
    let isElsewhere = false;
    try {
      const found = await endpoint();
      address = found.url;
      // A current context of another computer was chosen by somebody: code must not run on this one instead.
      isElsewhere = !isLoopback(found.address);
      if (!options.allowInsecure) refuseInsecure(found);
      const { env, patienceMs } = options;
      const findLogin = loginsFor(found, options);
      const client = await EngineClient.connect(
        {
          endpoint: found,
          foundBy: place,
          env,
          findLogin,
          ...(patienceMs === undefined ? {} : { patienceMs }),
        },
        signal,
      );
      return { client, attempts };
    } catch (error) {
      if (signal.aborted) throw abortError(signal);
      const { problem } = mapEngineError(error, { doing: 'answer', subject: 'engine' }, signal);
      const isLast = final || isElsewhere;
      attempts.push({ place, address, problem, final: isLast });
      if (isLast) break;
    }
  }
  throw noEngineError(attempts, { ...options, exists: options.exists ?? existsSync });
}

async function* candidates(options: FindEngineOptions): AsyncGenerator<Candidate> {
  const { env, home } = options;
  const chosen = options.chosen.trim();
  const read: ReadText = options.read ?? ((path) => readFile(path, 'utf8'));
  const folder = configFolder(env, home);
  const context = (name: string) => () => contextEndpoint(name, folder, read);
  if (chosen !== '') {
    if (isAddress(chosen)) {
      const endpoint = () => addressEndpoint(chosen, options, read);
      return yield { place: 'the profile', endpoint, final: true };
    }
    if (chosen !== 'default') {
      const place = `the docker context "${chosen}" of the profile`;
      return yield { place, endpoint: context(chosen), final: true };
    }
  } else {
    const host = env['DOCKER_HOST'];
    if (host) {
      const endpoint = () => addressEndpoint(host, options, read);
      return yield { place: 'DOCKER_HOST', endpoint, final: true };
    }
    const named = env['DOCKER_CONTEXT'];
    if (named && named !== 'default') {
      return yield {
        place: `the docker context "${named}" (DOCKER_CONTEXT)`,
        endpoint: context(named),
        final: true,
      };
    }
    const current = named ? null : await currentContext(folder, read);
    if (current !== null) {
      yield { place: `the docker context "${current}"`, endpoint: context(current), final: false };
    }
  }
  for (const { place, url } of usualSockets(options)) {
    yield { place, endpoint: async () => ({ url, address: parseAddress(url), tls: null }), final: false };
  }
}

/** Names of contexts have no slash. */
function isAddress(text: string): boolean {
  return /[/\\]/.test(text);
}

/** An address that a person wrote; TLS as the docker command does it: DOCKER_TLS_VERIFY, DOCKER_TLS, DOCKER_CERT_PATH. */
async function addressEndpoint(
  url: string,
  { env, home }: FindEngineOptions,
  read: ReadText,
): Promise<EngineEndpoint> {
  const verify = Boolean(env['DOCKER_TLS_VERIFY']);
  const wanted =
    verify || Boolean(env['DOCKER_TLS']) || /^https:/i.test(url) || /^tcp:.*:2376\/?$/i.test(url);
  const address = parseAddress(url, wanted);
  if (address.kind !== 'tcp' || !address.tls) return { url, address, tls: null };
  const skipVerify = !verify && Boolean(env['DOCKER_TLS']);
  const folder = env['DOCKER_CERT_PATH'] || configFolder(env, home);
  return { url, address, tls: (await readTls(folder, skipVerify, read)) ?? { skipVerify } };
}

/** The person's logins; never over a way on which others read. */
function loginsFor(endpoint: EngineEndpoint, { env, home, platform, read }: FindEngineOptions): FindLogin {
  if (isInsecure(endpoint))
    return async () => ({ kind: 'failed', why: 'Logins are not sent to an engine without encryption.' });
  const folder = configFolder(env, home);
  return createFindLogin({ folder, read: read ?? ((path) => readFile(path, 'utf8')), env, platform });
}

function refuseInsecure(endpoint: EngineEndpoint): void {
  if (!isInsecure(endpoint)) return;
  throw new SpecboardError(
    'forbidden',
    'This engine is on another computer and the way there is not encrypted.',
    {
      hint: 'Use ssh://user@host or TLS; or allow it in the profile if you trust everything in between.',
    },
  );
}
