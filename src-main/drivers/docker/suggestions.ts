/** Values to offer in the form of a profile: images that are there, docker contexts. */
import type { Engines } from './engines.ts';
import type { DockerSettings } from './settings.ts';

/** What is asked. */
export interface SuggestionsOptions {
  settings: DockerSettings;
  key: string;
  engines: Engines;
  env: Readonly<Record<string, string | undefined>>;
}

/** The values for a field; none for one that has none. Throws where the engine cannot be asked. */
export async function suggestions(
  { settings, key, engines }: SuggestionsOptions,
  signal: AbortSignal,
): Promise<string[]> {
  if (key !== 'image') return [];
  const engine = await engines.get(settings, signal);
  const images = await engine.images.list({}, signal);
  const names = images.flatMap(({ RepoTags }) => RepoTags).filter((name) => !name.startsWith('<none>'));
  return [...new Set(names)].sort();
}
