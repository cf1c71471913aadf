// The scripts for Page.addScriptToEvaluateOnNewDocument. Node strips the types of the functions in this folder when it
// loads them, so their own text is what the page runs.
import { makeCodec } from './codec.ts';
import { isolatedWorld } from './isolated-world.ts';
import { mainWorld } from './main-world.ts';
import { makeMembrane } from './membrane.ts';
import type { PageConfig } from './messages.ts';
import { makeOverlay } from './overlay.ts';
import { overlayStyle } from './overlay-style.ts';
import { watchPage } from './watch-page.ts';

/** A script and the world it runs in (none: the page's own). */
export interface PageScript {
  source: string;
  worldName?: string;
}

/**
 * In the order in which they must run. The preload is wrapped as Electron's sandboxed loader does it, and is a script of
 * its own: a syntax error in it becomes a `preload-error` instead of a page without a bridge.
 */
export function pageScripts(config: PageConfig, preloadSource: string | null): PageScript[] {
  const settings = JSON.stringify(config);
  const overlay = config.overlay ? `(say) => (${makeOverlay})(say, ${JSON.stringify(overlayStyle)})` : 'null';
  const scripts: PageScript[] = [
    { source: `(${mainWorld})(${settings}, ${makeMembrane});` },
    {
      source: `(${isolatedWorld})(${settings}, ${makeCodec}, ${makeMembrane}, ${watchPage}, ${overlay});`,
      worldName: config.world,
    },
  ];
  if (preloadSource !== null) {
    const parameters = 'require, process, Buffer, global, setImmediate, clearImmediate, exports, module';
    const source = `globalThis.__hostPreload?.(function (${parameters}) {\n${preloadSource}\n});\n//# sourceURL=file://${config.preload}`;
    scripts.push({ source, worldName: config.world });
  }
  return scripts;
}
