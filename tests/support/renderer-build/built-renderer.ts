/** For test files: the folder with the built page, which all files of a run share. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askMain } from '../ask-main.ts';
import { buildRenderer, type RendererBuild } from './build-renderer.ts';
import { askVariable, type BuildAnswer } from './global-setup.ts';

/** A built page. Whoever asked calls `release`. */
export interface BuiltRenderer {
  folder: string;
  release(): void;
}

/** Built by the main process for all, or where that cannot be, for this file alone. */
export async function builtRenderer(options: RendererBuild): Promise<BuiltRenderer> {
  const shared = await askMain<BuildAnswer>(askVariable, options);
  if (shared?.problem !== undefined) throw new Error(shared.problem);
  if (shared !== undefined) return { folder: shared.folder, release: () => {} };
  const folder = mkdtempSync(join(tmpdir(), 'specboard-renderer-'));
  await buildRenderer(folder, options);
  return { folder, release: () => rmSync(folder, { recursive: true, force: true }) };
}
