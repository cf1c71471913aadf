/** The test of a Docker profile: which engine was found and how, whether the image is there, and what is wrong with the way out. */
import { SpecboardError, toProblem } from '../../../src-shared/contract/errors.ts';
import type { ProbeReport } from '../driver.ts';
import type { EngineDescription } from './engine/engine-types.ts';
import type { FoundEngine } from './engine/find-engine.ts';
import type { DockerSettings } from './settings.ts';

type Part = NonNullable<ProbeReport['parts']>[number];

/** What to look at. */
export interface DockerProbe {
  settings: DockerSettings;
  find: (signal: AbortSignal) => Promise<FoundEngine>;
  /** Throws where the mounts of the profile cannot be given. */
  checkMounts: (found: FoundEngine, signal: AbortSignal) => Promise<unknown>;
}

/** Looks, and says what was found. Starts nothing and pulls nothing. Throws only the signal's reason. */
export async function probeDocker(
  { settings, find, checkMounts }: DockerProbe,
  signal: AbortSignal,
): Promise<ProbeReport> {
  let found: FoundEngine | null = null;
  const parts = [
    await part('Engine', signal, async () => {
      found = await find(signal);
      return engineWords(found.client.description);
    }),
  ];
  const engine = found as FoundEngine | null;
  if (engine) {
    parts.push(await part('Image', signal, () => imageWords(engine, settings, signal)));
    if (settings.mounts.length > 0) {
      parts.push(
        await part('Folders', signal, async () => {
          await checkMounts(engine, signal);
          return `${settings.mounts.length} folder(s) of this computer are there.`;
        }),
      );
    }
  }
  const bad = parts.find(({ ok }) => !ok);
  return {
    ok: bad === undefined,
    message: (bad ? [bad] : parts).map(({ message }) => message).join(' '),
    ...(bad?.hint === undefined ? {} : { hint: bad.hint }),
    parts,
  };
}

function engineWords({
  product,
  version,
  apiVersion,
  foundBy,
  address,
  host,
  rootless,
}: EngineDescription): string {
  const where = host ? ` on ${host}` : '';
  const without = rootless ? ', rootless' : '';
  return `${product} ${version}${where} (API ${apiVersion}${without}), found by ${foundBy} at ${address}.`;
}

async function imageWords(
  { client }: FoundEngine,
  { image, pull }: DockerSettings,
  signal: AbortSignal,
): Promise<string> {
  try {
    const { Size } = await client.images.inspect(image, signal);
    const again = pull === 'always' ? ' It is pulled again at every connect.' : '';
    return `The image ${image} is here (${Math.round(Size / 1_000_000)} MB).${again}`;
  } catch (error) {
    if (!(error instanceof SpecboardError) || error.code !== 'image-missing') throw error;
    if (pull !== 'never') return `The image ${image} is not here yet: the first connect pulls it.`;
    throw new SpecboardError(
      'image-missing',
      `The image ${image} is not here, and this profile pulls nothing.`,
      {
        hint: `Get it with "docker pull ${image}", or let the profile get it.`,
      },
    );
  }
}

async function part(name: string, signal: AbortSignal, look: () => Promise<string>): Promise<Part> {
  try {
    return { name, ok: true, message: await look() };
  } catch (error) {
    signal.throwIfAborted();
    const { message, hint } = toProblem(error);
    return { name, ok: false, message, ...(hint === undefined ? {} : { hint }) };
  }
}
