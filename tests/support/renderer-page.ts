/**
 * The real renderer in a real Chromium without Electron: builds it once, serves it with the CSP the main process sends, and
 * opens pages with the scenario bridge. Whoever opens it closes it.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, normalize, resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { contentSecurityPolicy } from '../../src-main/platform/app-files.ts';
import type { ScenarioOptions } from './scenario/main-process.ts';

const root = resolve(import.meta.dirname, '../..');
const nonce = 'dGVzdC1ub25jZQ';
const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

/** Where a Chromium may be: Debian's own binary (its wrapper prints warnings), or what CHROMIUM_PATH says. */
const executablePath = process.env.CHROMIUM_PATH ?? '/usr/lib/chromium/chromium';

/** An opened page, and what it did that it must not. */
export interface RendererPage {
  page: Page;
  /** CSP violations, page errors and console errors so far. */
  complaints: string[];
}

/** The built renderer behind a server, and a browser. */
export interface RendererHost {
  /** Folder of the build. */
  folder: string;
  open(options?: ScenarioOptions, context?: BrowserContextOptions): Promise<RendererPage>;
  close(): Promise<void>;
}

/** Builds, serves and launches. `profiling` builds React with its profiler on. */
export async function startRenderer({ profiling = false } = {}): Promise<RendererHost> {
  const folder = mkdtempSync(join(tmpdir(), 'specboard-renderer-'));
  await buildRenderer(folder, profiling);
  const script = await bundleScenario();
  const server = await serve(folder);
  const { port } = server.address() as AddressInfo;
  const browser: Browser = await chromium.launch({
    executablePath,
    headless: true,
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--js-flags=--expose-gc',
      '--enable-precise-memory-info',
    ],
  });
  return {
    folder,
    async open(options = {}, context = {}) {
      const browserContext = await browser.newContext({
        viewport: { width: 1280, height: 800 },
        permissions: ['clipboard-read', 'clipboard-write'],
        ...context,
      });
      const page = await browserContext.newPage();
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(`console: ${message.text()}`);
      });
      page.on('request', (request) => {
        const url = request.url();
        if (!url.startsWith(`http://127.0.0.1:${port}/`) && !/^(data|blob|about):/.test(url)) {
          complaints.push(`request: ${url}`);
        }
      });
      await page.addInitScript(`if (window === window.top) {${script};
        ScenarioBridge.installScenario(${JSON.stringify(options)});}`);
      await page.goto(`http://127.0.0.1:${port}/index.html`);
      return { page, complaints };
    },
    async close() {
      await browser.close();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function buildRenderer(outDir: string, profiling: boolean): Promise<void> {
  // The test runner sets it to "test", which would give React's development build.
  const before = process.env.NODE_ENV;
  process.env.NODE_ENV = 'production';
  try {
    await runBuild(outDir, profiling);
  } finally {
    process.env.NODE_ENV = before;
  }
}

async function runBuild(outDir: string, profiling: boolean): Promise<void> {
  await build({
    mode: 'production',
    configFile: false,
    logLevel: 'error',
    root: join(root, 'src-renderer'),
    base: './',
    publicDir: false,
    plugins: [react()],
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

async function serve(folder: string): Promise<Server> {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname);
    if (path === '/favicon.ico') return void response.writeHead(204).end();
    try {
      let body: Buffer | string = await readFile(join(folder, path));
      if (path.endsWith('.html')) body = body.toString().replaceAll('__CSP_NONCE__', nonce);
      response.writeHead(200, {
        'content-type': types[extname(path)] ?? 'application/octet-stream',
        'content-security-policy': contentSecurityPolicy(nonce),
        'x-content-type-options': 'nosniff',
      });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return server;
}
