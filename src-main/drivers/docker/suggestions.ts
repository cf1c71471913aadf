/** Values to offer in the form of a profile: images that are there, docker contexts. */
import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { configFolder } from './engine/docker-context.ts';
import type { Engines } from './engines.ts';
import type { DockerSettings } from './settings.ts';

/** What is asked. */
export interface SuggestionsOptions {
  settings: DockerSettings;
  /** The field of the form. */
  key: string;
  engines: Engines;
  env: Readonly<Record<string, string | undefined>>;
}

/** The values for a field; none for one that has none. Throws where the engine cannot be asked. */
export async function suggestions(
  { settings, key, engines, env }: SuggestionsOptions,
  signal: AbortSignal,
): Promise<string[]> {
  if (key === 'engine') return contextNames(configFolder(env, env.HOME || homedir()));
  if (key !== 'image') return [];
  const engine = await engines.get(settings, signal);
  const images = await engine.images.list({}, signal);
  const names = images.flatMap(({ RepoTags }) => RepoTags).filter((name) => !name.includes('<none>'));
  return [...new Set(names)].sort();
}

/** Names of the docker contexts of this person, as `docker context ls` shows them. */
async function contextNames(folder: string): Promise<string[]> {
  const metas = join(folder, 'contexts', 'meta');
  const found = await readdir(metas).catch(() => []);
  const names = await Promise.all(
    found.map(async (name) => {
      try {
        const meta: unknown = JSON.parse(await readFile(join(metas, name, 'meta.json'), 'utf8'));
        const { Name } = meta as { Name?: unknown };
        return typeof Name === 'string' && Name !== '' ? [Name] : [];
      } catch {
        return []; // not a context, or one that is damaged: connecting to it says so
      }
    }),
  );
  return ['default', ...names.flat().sort()];
}
