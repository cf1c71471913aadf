/**
 * The real renderer in a real Chromium without Electron: serves it with the CSP the main process sends, and
 * opens pages with the scenario bridge. Whoever opens it closes it.
 */

import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';
import { contentSecurityPolicy } from '../../src-main/platform/app-files.ts';
import { scenarioFile } from './renderer-build/build-renderer.ts';
import { builtRenderer } from './renderer-build/built-renderer.ts';
import type { ScenarioOptions } from './scenario/main-process.ts';

const nonce = 'dGVzdC1ub25jZQ';
const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

/** Where a Chromium may be: Debian's own binary (its wrapper prints warnings), or what CHROMIUM_PATH says. */
const executablePath = process.env.CHROMIUM_PATH ?? '/usr/lib/chromium/chromium';

/** An opened page, and what it did that it must not. */
export interface RendererPage {
  page: Page;
  /** CSP violations, page errors and console errors so far. */
  complaints: string[];
  /** Closes the page. The next one starts with nothing of it, and in half the time of one in a browser of its own. */
  close(): Promise<void>;
}

/** The built renderer behind a server, and a browser. */
export interface RendererHost {
  /** Folder of the build. */
  folder: string;
  /** Opens a page on an empty storage; one at a time, unless `context` has something, which gives it a storage of its own. */
  open(options?: ScenarioOptions, context?: BrowserContextOptions): Promise<RendererPage>;
  close(): Promise<void>;
}

/** Serves the build that all files of a run share, and launches a browser. `profiling` builds React with its profiler on. */
export async function startRenderer({ profiling = false } = {}): Promise<RendererHost> {
  const { folder, release } = await builtRenderer({ profiling });
  const script = await readFile(join(folder, scenarioFile), 'utf8');
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
  const origin = `http://127.0.0.1:${port}`;
  const newContext = (context: BrowserContextOptions) =>
    browser.newContext({
      viewport: { width: 1280, height: 800 },
      permissions: ['clipboard-read', 'clipboard-write'],
      ...context,
    });
  // Starting a browser's storage costs as much as all that the page does: pages that ask for nothing special share one.
  let shared: BrowserContext | undefined;
  const sharedContext = async (): Promise<BrowserContext> => {
    if (shared !== undefined) return shared;
    const made = await newContext({});
    made.once('close', () => {
      if (shared === made) shared = undefined;
    });
    shared = made;
    return made;
  };
  return {
    folder,
    async open(options = {}, context = {}) {
      const own = Object.keys(context).length > 0;
      const browserContext = own ? await newContext(context) : await sharedContext();
      const page = await browserContext.newPage();
      page.setDefaultTimeout(20_000);
      if (!own) {
        const session = await browserContext.newCDPSession(page);
        await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' });
        await session.detach();
      }
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(`console: ${message.text()}`);
      });
      page.on('request', (request) => {
        const url = request.url();
        if (!url.startsWith(`${origin}/`) && !/^(data|blob|about):/.test(url)) {
          complaints.push(`request: ${url}`);
        }
      });
      await page.addInitScript(`if (window === window.top) {${script};
        ScenarioBridge.installScenario(${JSON.stringify(options)});}`);
      await page.goto(`${origin}/index.html`);
      return { page, complaints, close: () => (own ? browserContext.close() : page.close()) };
    },
    async close() {
      await browser.close();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      release();
    },
  };
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
