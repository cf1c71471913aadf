/**
 * One Vite configuration for the three parts of the app: renderer (`client`), main process with the command line (`main`),
 * and the sandboxed preload (`preload`). `npm run build` builds all of them into dist/.
 */
import { builtinModules } from 'node:module';
import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { bundleDaytona } from './tools/bundle-daytona.ts';
import { oneLanguage } from './tools/one-language.ts';
import { schemasStayInMain } from './tools/schemas-stay-in-main.ts';
import { shortNames } from './tools/short-names.ts';
import { windowChunks } from './tools/window-chunks.ts';

const root = import.meta.dirname;
const builtins = [...builtinModules, ...builtinModules.map((name) => `node:${name}`)];
/** Native packages, and the SDK that loses HTTP/2 and proxies when bundled (docs/decisions/0003-external-sdk.md). */
const external = ['electron', /^electron\//, 'better-sqlite3', 'keytar', /^@e2b\//, 'e2b', ...builtins];

export default defineConfig({
  root: resolve(root, 'src-renderer'),
  base: './',
  publicDir: false,
  plugins: [react(), bundleDaytona(), schemasStayInMain(), oneLanguage(), windowChunks(), shortNames()],
  define: { __APP_VERSION__: JSON.stringify(process.env['npm_package_version'] ?? '0.0.0') },
  builder: {
    async buildApp(builder) {
      await Promise.all(Object.values(builder.environments).map((environment) => builder.build(environment)));
    },
  },
  environments: {
    client: {
      build: {
        outDir: resolve(root, 'dist/renderer'),
        emptyOutDir: true,
        // CodeMirror is one lazy chunk; the budgets in docs/performance.md are what counts.
        chunkSizeWarningLimit: 700,
        target: 'chrome140',
        modulePreload: { polyfill: false },
        assetsInlineLimit: 0,
        rolldownOptions: { input: resolve(root, 'src-renderer/index.html') },
      },
    },
    main: {
      consumer: 'server',
      resolve: { noExternal: true, conditions: ['node', 'import', 'module', 'default'], builtins },
      build: {
        outDir: resolve(root, 'dist/main'),
        emptyOutDir: true,
        target: 'node24',
        ssr: true,
        minify: false,
        sourcemap: true,
        rolldownOptions: {
          input: {
            index: resolve(root, 'src-main/index.ts'),
            cli: resolve(root, 'src-main/cli/index.ts'),
            'sync-worker': resolve(root, 'src-main/sync/worker/sync-worker.ts'),
          },
          external,
          output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
        },
      },
    },
    preload: {
      consumer: 'server',
      resolve: { noExternal: true, builtins },
      build: {
        outDir: resolve(root, 'dist/preload'),
        emptyOutDir: true,
        target: 'chrome140',
        ssr: true,
        minify: false,
        rolldownOptions: {
          input: { index: resolve(root, 'src-preload/index.ts') },
          external: ['electron'],
          output: { format: 'cjs', entryFileNames: '[name].cjs', codeSplitting: false },
        },
      },
    },
  },
});
