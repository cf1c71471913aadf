/** The docker command's own configuration: which context is current, and what a context's engine is. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { SpecboardError } from '../../../../src-shared/contract/errors.ts';
import { type EngineEndpoint, type EngineTls, parseAddress } from './engine-address.ts';

/** Reads a whole file; rejects where it cannot. */
export type ReadText = (path: string) => Promise<string>;

/** Where the docker command keeps its configuration. */
export function configFolder(env: Readonly<Record<string, string | undefined>>, home: string): string {
  return env['DOCKER_CONFIG'] || join(home, '.docker');
}

const configSchema = z.object({ currentContext: z.string().nullish() });

/** The context that `docker context use` chose; null for none, the default one, or a configuration that cannot be read. */
export async function currentContext(folder: string, read: ReadText): Promise<string | null> {
  try {
    const name = configSchema.parse(JSON.parse(await read(join(folder, 'config.json')))).currentContext;
    return name && name !== 'default' ? name : null;
  } catch {
    return null;
  }
}

const metaSchema = z.object({
  Endpoints: z.object({
    docker: z.object({ Host: z.string(), SkipTLSVerify: z.boolean().nullish() }),
  }),
});

/** The engine of a context. Throws `not-found` where there is no such context, `invalid` where it is not one of an engine. */
export async function contextEndpoint(name: string, folder: string, read: ReadText): Promise<EngineEndpoint> {
  const hash = createHash('sha256').update(name).digest('hex');
  let text: string;
  try {
    text = await read(join(folder, 'contexts/meta', hash, 'meta.json'));
  } catch (cause) {
    throw new SpecboardError('not-found', `There is no docker context "${name}".`, {
      hint: '"docker context ls" lists them.',
      cause,
    });
  }
  const meta = metaSchema.safeParse(parse(text));
  if (!meta.success) {
    throw new SpecboardError('invalid', `The docker context "${name}" is not one of a Docker engine.`, {
      hint: `"docker context inspect ${name}" shows it.`,
      details: meta.error.message,
    });
  }
  const { Host: url, SkipTLSVerify } = meta.data.Endpoints.docker;
  const skipVerify = SkipTLSVerify === true;
  const tls = await readTls(join(folder, 'contexts/tls', hash, 'docker'), skipVerify, read);
  return { url, address: parseAddress(url, tls !== null || skipVerify), tls: tls ?? plainTls(skipVerify) };
}

/** The certificates of a folder: ca.pem, cert.pem, key.pem, those that are there; null for none. */
export async function readTls(
  folder: string,
  skipVerify: boolean,
  read: ReadText,
): Promise<EngineTls | null> {
  const file = (name: string) => read(join(folder, name)).catch(() => undefined);
  const [ca, cert, key] = await Promise.all([file('ca.pem'), file('cert.pem'), file('key.pem')]);
  if (ca === undefined && cert === undefined && key === undefined) return null;
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    skipVerify,
  };
}

function plainTls(skipVerify: boolean): EngineTls | null {
  return skipVerify ? { skipVerify } : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
