/** Sizes of the built page: what is loaded at once, and all of it, gzipped. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** Sizes in kB (1000 bytes), gzipped. */
export interface BundleSizes {
  eager: number;
  total: number;
  css: number;
}

const built = join(import.meta.dirname, '../../dist/renderer');

/** Reads a built page, by default dist/renderer. Eager: what index.html loads, and what that imports statically. */
export function measureBundle(renderer = built): BundleSizes {
  const assets = readdirSync(join(renderer, 'assets'));
  const scripts = assets.filter((name) => name.endsWith('.js'));
  const text = (name: string) => readFileSync(join(renderer, 'assets', name), 'utf8');
  const eager = new Set<string>();
  const follow = (name: string): void => {
    if (eager.has(name) || !scripts.includes(name)) return;
    eager.add(name);
    // Static imports only: `import{a}from"./b.js"` and `import"./b.js"`, not `import("./b.js")`.
    for (const match of text(name).matchAll(/(?:from|import)\s*["']\.\/([^"']+\.js)["']/g))
      follow(match[1] ?? '');
  };
  // The entry awaits its app by a dynamic import, so that the nonce script runs first: that chunk (tools/window-chunks.ts) is
  // loaded at once, too.
  const [entry] = text('../index.html').match(/index-[^"]+\.js/) ?? [''];
  const [app] = text(entry).match(/base-[^"`]+\.js/) ?? [''];
  for (const name of [entry, app]) follow(name);
  const size = (names: Iterable<string>) =>
    [...names].reduce(
      (sum, name) => sum + gzipSync(readFileSync(join(renderer, 'assets', name)), { level: 9 }).length,
      0,
    ) / 1000;
  return {
    eager: size(eager),
    total: size(scripts),
    css: size(assets.filter((name) => name.endsWith('.css'))),
  };
}
