// The host has everything that the app uses of Electron: every name that is imported, and every member that is used on it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { electronExports } from '../../tools/electron-host/electron-exports.ts';
import {
  electronTypesPath,
  formatMembers,
  membersPath,
  parseMembers,
} from '../../tools/electron-host/generate-members.ts';
import { electronMembers } from '../../tools/electron-host/strict.ts';
import { hostFolder, root } from '../support/host-app.ts';

/** What a sandboxed preload may import; its members are checked where they are used (ipc.test.ts). */
const PRELOAD = ['contextBridge', 'ipcRenderer', 'webFrame', 'webUtils', 'crashReporter'];

/** One use in the app: of a member of an export ("dialog"), or of an instance of a type ("BrowserWindow"). */
interface Use {
  file: string;
  kind: 'export' | 'instance';
  name: string;
  member: string | null;
}

function sources(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => path.join(folder, name));
}

/** The uses of Electron in one source text, found by its imports, calls and annotations. */
function usesIn(file: string, text: string): Use[] {
  const uses: Use[] = [];
  const members = (subject: string): string[] => [
    ...new Set(
      [...text.matchAll(new RegExp(`(?<![\\w.#])(?:this\\.#?)?${subject}\\??\\.(\\w+)`, 'g'))].map(
        (m) => m[1] ?? '',
      ),
    ),
  ];
  for (const statement of text.matchAll(/import\s+(type\s+)?\{([^}]*)\}\s+from\s+'electron(?:\/\w+)?'/g)) {
    for (const item of (statement[2] ?? '').split(',')) {
      const [, type, name = '', alias = name] = /^\s*(type\s+)?(\w+)(?:\s+as\s+(\w+))?\s*$/.exec(item) ?? [];
      if (!name) continue;
      if (!type && !statement[1]) {
        uses.push({ file, kind: 'export', name, member: null });
        for (const member of members(alias)) uses.push({ file, kind: 'export', name, member });
      }
      // Variables and parameters of that type, and objects made from the class.
      const holders = new RegExp(
        `(\\w+)\\??(?::\\s*(?:readonly\\s+)?${alias}\\b|\\s*=\\s*new ${alias}\\()`,
        'g',
      );
      for (const holder of text.matchAll(holders)) {
        for (const member of members(holder[1] ?? '')) uses.push({ file, kind: 'instance', name, member });
      }
    }
  }
  return uses;
}

const hostSources = sources(path.join(hostFolder, 'api')).map((file) => readFileSync(file, 'utf8'));

/** True if using it would throw "not implemented". */
function isMissing({ kind, name, member }: Use): boolean {
  if (kind === 'export') {
    if (!(name in electronExports)) return true;
    if (member === null) return false;
    try {
      Reflect.get(electronExports[name] as object, member);
      return false;
    } catch {
      return true;
    }
  }
  if (member === null || !electronMembers(name).has(member)) return false;
  const found = electronExports[name] ?? electronExports[name.charAt(0).toLowerCase() + name.slice(1)];
  const prototype = typeof found === 'function' ? (found as { prototype: object }).prototype : found;
  for (
    let at = prototype as object | null;
    at && at !== Object.prototype;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    if (Object.hasOwn(at, member)) return false;
  }
  // A field, or a class that is not exported: looked up in the text of the host.
  const declared = new RegExp(`^  (?:readonly |static |get |set |async )*${member}\\b`, 'm');
  const of = new RegExp(`class ${name}\\b|'${name}'`);
  return !hostSources.some((text) => of.test(text) && declared.test(text));
}

describe('what the app uses', () => {
  const main = sources(path.join(root, 'src-main')).flatMap((file) =>
    usesIn(path.relative(root, file), readFileSync(file, 'utf8')),
  );

  test('of the main process is there', () => {
    const missing = main.filter(isMissing).map(({ file, name, member }) => `${file}: ${name}.${member}`);
    expect(missing).toEqual([]);
  });

  test('of the preload is there', () => {
    const used = sources(path.join(root, 'src-preload')).flatMap((file) =>
      usesIn(file, readFileSync(file, 'utf8')),
    );
    expect(used.filter(({ kind, name }) => kind === 'export' && !PRELOAD.includes(name))).toEqual([]);
  });

  test('would be reported if it were missing', () => {
    const text = `
      import { app, desktopCapturer, dialog } from 'electron';
      import type { WebContents } from 'electron';
      function f(contents: WebContents) { contents.startPainting(); contents.send('x'); app.configureHostResolver({}); }
      dialog.showCertificateTrustDialog({}); desktopCapturer.getSources({}); app.quit();
    `;
    const missing = usesIn('x.ts', text).filter(isMissing);
    expect(missing.map(({ name, member }) => `${name}.${member}`).sort()).toEqual([
      'WebContents.startPainting',
      'app.configureHostResolver',
      'desktopCapturer.getSources',
      'dialog.showCertificateTrustDialog',
    ]);
  });
});

describe("Electron's types", () => {
  test('have the members that the host knows: run generate-members.ts after a bump', () => {
    const now = formatMembers(parseMembers(readFileSync(electronTypesPath, 'utf8')));
    expect(JSON.parse(readFileSync(membersPath, 'utf8'))).toEqual(JSON.parse(now));
  });

  test('are of the version that the host passes for', () => {
    const { version } = JSON.parse(
      readFileSync(path.join(root, 'node_modules/electron/package.json'), 'utf8'),
    );
    expect(readFileSync(path.join(hostFolder, 'version'), 'utf8').trim()).toBe(version);
  });

  test('name only exports that exist in the host, at least as something that throws', () => {
    expect([...electronMembers('exports')].filter((name) => !(name in electronExports))).toEqual([]);
  });
});
