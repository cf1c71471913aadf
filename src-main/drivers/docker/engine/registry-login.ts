/** Logins to registries, as "docker login" stored them: in the docker command's configuration, or in a program that it names. */
import { execFile } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { z } from 'zod';
import type { ReadText } from './docker-context.ts';

/** What an engine is given to log in with. Never logged, stored or shown. */
export interface RegistryLogin {
  username?: string;
  password?: string;
  /** Instead of a password. */
  identitytoken?: string;
  serveraddress: string;
}

/** What was found for a registry. `failed`: there is a login, and it cannot be read; in words for people. */
export type FoundLogin =
  | { kind: 'none' }
  | { kind: 'login'; login: RegistryLogin }
  | { kind: 'failed'; why: string };

/** Looks a login up for the repository of an image ("ghcr.io/a/b"). Rejects only with the signal's reason. */
export type FindLogin = (repository: string, signal: AbortSignal) => Promise<FoundLogin>;

/** Where logins are looked for. */
export interface LoginSource {
  /** Folder of the docker command's configuration. */
  folder: string;
  read: ReadText;
  /** What a program gets that keeps logins. */
  env: Readonly<Record<string, string | undefined>>;
  platform: NodeJS.Platform;
}

/** The name under which the docker command keeps the login to Docker's own registry. */
const hub = 'https://index.docker.io/v1/';
/** A keychain may ask the person first, in ms. */
const helperMs = 60_000;
const helperBytes = 256 * 1024;

const text = z.string().nullish();
const configSchema = z.object({
  auths: z
    .record(z.string(), z.object({ auth: text, username: text, password: text, identitytoken: text }))
    .nullish(),
  credsStore: text,
  credHelpers: z.record(z.string(), z.string()).nullish(),
});
type Config = z.output<typeof configSchema>;

const answerSchema = z.object({ Username: z.string(), Secret: z.string() });

/** See the file's first line. The configuration is read at each call: logins come and go. */
export function createFindLogin(source: LoginSource): FindLogin {
  return async (repository, signal) => {
    const registry = registryOf(repository);
    const config = await readConfig(source);
    if (!config) return { kind: 'none' };
    const helper = helperOf(config, registry);
    return helper ? askHelper(helper, registry, source, signal) : storedLogin(config, registry);
  };
}

/** A login as the engine wants it, in the header X-Registry-Auth. */
export function loginHeader(login: RegistryLogin): string {
  // With its padding: older engines insist on it.
  return Buffer.from(JSON.stringify(login)).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

/** The name under which the login for a repository is kept: the host, or what stands for Docker's own registry. */
export function registryOf(repository: string): string {
  const [first = '', ...rest] = repository.split('/');
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost' || /[A-Z]/.test(first));
  return !isHost || first === 'docker.io' || first === 'index.docker.io' ? hub : first;
}

async function readConfig({ folder, read }: LoginSource): Promise<Config | null> {
  try {
    const parsed = configSchema.safeParse(JSON.parse(await read(join(folder, 'config.json'))));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

function helperOf({ credHelpers, credsStore }: Config, registry: string): string | null {
  const own = Object.entries(credHelpers ?? {}).find(([name]) => isSame(name, registry));
  return own?.[1] || credsStore || null;
}

function storedLogin({ auths }: Config, registry: string): FoundLogin {
  const entries = Object.entries(auths ?? {});
  const found =
    entries.find(([name]) => name === registry) ?? entries.find(([name]) => isSame(name, registry));
  if (!found) return { kind: 'none' };
  const { auth, username, password, identitytoken } = found[1];
  const decoded = Buffer.from(auth ?? '', 'base64')
    .toString('utf8')
    .replace(/\0+$/, '');
  const at = decoded.indexOf(':');
  const login: RegistryLogin = {
    username: at < 0 ? (username ?? '') : decoded.slice(0, at),
    password: at < 0 ? (password ?? '') : decoded.slice(at + 1),
    ...(identitytoken ? { identitytoken } : {}),
    serveraddress: registry,
  };
  return login.username || identitytoken ? { kind: 'login', login } : { kind: 'none' };
}

/** The same registry, written as a host or as an address. */
function isSame(name: string, registry: string): boolean {
  const host = hostOf(name);
  return host === hostOf(registry) || (registry === hub && host === 'docker.io');
}

function hostOf(name: string): string {
  return name.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
}

async function askHelper(
  helper: string,
  registry: string,
  source: LoginSource,
  signal: AbortSignal,
): Promise<FoundLogin> {
  const program = `docker-credential-${helper}`;
  const failed = (why: string): FoundLogin => ({ kind: 'failed', why: `The program "${program}" ${why}.` });
  if (!/^[\w.-]+$/.test(helper)) return failed('has a name that is none');
  const { out, error } = await runHelper(program, registry, source, signal);
  signal.throwIfAborted();
  // The programs say it on their output, with an exit code.
  if (/credentials not found/i.test(out)) return { kind: 'none' };
  if (error) return failed(error.code === 'ENOENT' ? 'is not there' : 'did not give it');
  const answer = answerSchema.safeParse(parse(out));
  if (!answer.success) return failed('said something unknown');
  const { Username: username, Secret: secret } = answer.data;
  if (secret === '') return { kind: 'none' };
  const login: RegistryLogin =
    username === '<token>'
      ? { identitytoken: secret, serveraddress: registry }
      : { username, password: secret, serveraddress: registry };
  return { kind: 'login', login };
}

function runHelper(
  program: string,
  registry: string,
  { env, platform }: LoginSource,
  signal: AbortSignal,
): Promise<{ out: string; error: { code?: unknown } | null }> {
  return new Promise((resolve) => {
    const options = {
      env: withUsualFolders(env, platform),
      encoding: 'utf8',
      maxBuffer: helperBytes,
      timeout: helperMs,
      windowsHide: true,
      signal,
    } as const;
    const child = execFile(program, ['get'], options, (error, out) => resolve({ out, error }));
    child.stdin?.on('error', () => {}); // its end says why
    child.stdin?.end(registry);
  });
}

/** An app that was started from a dock has a short PATH. */
function withUsualFolders(env: LoginSource['env'], platform: NodeJS.Platform): NodeJS.ProcessEnv {
  if (platform === 'win32') return { ...env };
  const usual = [
    '/usr/local/bin',
    '/opt/homebrew/bin',
    '/usr/bin',
    ...(platform === 'darwin' ? ['/Applications/Docker.app/Contents/Resources/bin'] : []),
  ];
  return { ...env, PATH: [env['PATH'], ...usual].filter(Boolean).join(delimiter) };
}

function parse(words: string): unknown {
  try {
    return JSON.parse(words);
  } catch {
    return undefined;
  }
}
