/** Builds the page as a release does, and the scenario bridge that stands for the main process in front of it. */
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { build } from 'vite';
import { oneLanguage } from '../../../tools/one-language.ts';
import { schemasStayInMain } from '../../../tools/schemas-stay-in-main.ts';
import { shortNames } from '../../../tools/short-names.ts';
import { windowChunks } from '../../../tools/window-chunks.ts';

const root = resolve(import.meta.dirname, '../../..');
/** Below the build's folder: the script that installs the scenario bridge. */
export const scenarioFile = 'scenario-bridge.js';

/** What is built. */
export interface RendererBuild {
  /** With React's profiler on. */
  profiling: boolean;
}

/** Writes page and scenario bridge into a folder. */
export async function buildRenderer(folder: string, { profiling }: RendererBuild): Promise<void> {
  // The test runner sets it to "test", which would give React's development build.
  const before = process.env.NODE_ENV;
  process.env.NODE_ENV = 'production';
  try {
    await buildPage(folder, profiling);
    await writeFile(join(folder, scenarioFile), await bundleScenario());
  } finally {
    process.env.NODE_ENV = before;
  }
}

async function buildPage(outDir: string, profiling: boolean): Promise<void> {
  await build({
    mode: 'production',
    configFile: false,
    logLevel: 'error',
    root: join(root, 'src-renderer'),
    base: './',
    publicDir: false,
    plugins: [react(), schemasStayInMain(), oneLanguage(), windowChunks(), shortNames()],
    resolve: profiling ? { alias: { 'react-dom/client': 'react-dom/profiling' } } : {},
    define: { __APP_VERSION__: '"0.0.0"' },
    build: {
      outDir,
      emptyOutDir: true,
      target: 'chrome140',
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
    },
  });
}

async function bundleScenario(): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    root,
    publicDir: false,
    build: {
      write: false,
      minify: false,
      target: 'chrome140',
      lib: {
        entry: join(root, 'tests/support/scenario-bridge.ts'),
        formats: ['iife'],
        name: 'ScenarioBridge',
        fileName: 'scenario',
      },
    },
  });
  const [output] = Array.isArray(result) ? result : [result];
  if (!output || !('output' in output)) throw new Error('The scenario bridge was not bundled.');
  return output.output[0].code;
}
