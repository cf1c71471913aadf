// Makes `electron` a module of this process: for require, import, and the inspector's require.
import { registerHooks } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const NAMES = /^electron(\/(main|common|renderer|utility))?$/;
const KEY = Symbol.for('electron-host.exports');

/** From now on, `electron` is `exports`. */
export function provideElectron(exports: Record<string, unknown>): void {
  (globalThis as Record<symbol, unknown>)[KEY] = exports;
  // No such file exists. The list that is never run is how Node learns the names for ES imports.
  const url = pathToFileURL(path.join(import.meta.dirname, 'electron-module.cjs')).href;
  const names = Object.keys(exports).join(', ');
  const source = `0 && (module.exports = { ${names} });\nmodule.exports = globalThis[Symbol.for('electron-host.exports')];\n`;
  registerHooks({
    resolve: (specifier, context, next) =>
      NAMES.test(specifier) ? { url, format: 'commonjs', shortCircuit: true } : next(specifier, context),
    load: (wanted, context, next) =>
      wanted === url ? { format: 'commonjs', source, shortCircuit: true } : next(wanted, context),
  });
}
