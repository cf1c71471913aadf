// Reads electron.d.ts and lists the members of Electron's classes and modules for strict.ts, so that a member the host
// lacks throws by its name. Run `node tools/electron-host/generate-members.ts` after a bump of Electron; a test compares.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Names by type: "App" for what an instance has, "App.static" for what the class itself has. */
export type MemberTable = Record<string, string[]>;

/** The types whose members are listed: all that the host stands in for or that its objects may be asked for. */
const WANTED = [
  ...[
    'App',
    'BaseWindow',
    'BrowserWindow',
    'Clipboard',
    'CommandLine',
    'ContentTracing',
    'Cookies',
    'CrashReporter',
  ],
  ...['Dialog', 'GlobalShortcut', 'IpcMain', 'Menu', 'MenuItem', 'MessageChannelMain', 'MessagePortMain'],
  ...[
    'NativeImage',
    'NativeTheme',
    'Net',
    'Notification',
    'PowerMonitor',
    'PowerSaveBlocker',
    'Protocol',
    'Dock',
  ],
  ...[
    'SafeStorage',
    'Screen',
    'Session',
    'Shell',
    'SystemPreferences',
    'Tray',
    'UtilityProcess',
    'WebContents',
  ],
  ...[
    'WebFrameMain',
    'WebRequest',
    'NavigationHistory',
    'AutoUpdater',
    'ImageView',
    'InAppPurchase',
    'WebContentsView',
  ],
];

/** Parses the text of electron.d.ts. Inherited members are included; members of Node's EventEmitter are not. */
export function parseMembers(source: string): MemberTable {
  const own = new Map<string, { base: string | undefined; members: Set<string>; statics: Set<string> }>();
  let current: { members: Set<string>; statics: Set<string> } | undefined;
  for (const line of source.split('\n')) {
    const head = /^ {2}(?:class|interface) (\w+)(?: extends ([\w.]+))?.*\{/.exec(line);
    if (head?.[1]) {
      const entry = { base: head[2], members: new Set<string>(), statics: new Set<string>() };
      if (!own.has(head[1])) own.set(head[1], entry);
      current = own.get(head[1]);
      continue;
    }
    if (line === '  }') current = undefined;
    const member = /^ {4}(static )?(?:readonly )?(\w+)(\??:|\(|<)/.exec(line);
    if (current && member?.[2] && member[2] !== 'constructor') {
      (member[1] ? current.statics : current.members).add(member[2]);
    }
  }
  const emitter = new Set(['on', 'off', 'once', 'addListener', 'removeListener']);
  const table: MemberTable = {};
  for (const name of WANTED) {
    const members = new Set<string>();
    const statics = new Set<string>();
    for (let at: string | undefined = name; at !== undefined; at = own.get(at)?.base) {
      for (const member of own.get(at)?.members ?? []) members.add(member);
      for (const member of own.get(at)?.statics ?? []) statics.add(member);
    }
    table[name] = [...members].filter((member) => !emitter.has(member)).sort();
    if (statics.size > 0) table[`${name}.static`] = [...statics].sort();
  }
  const exports = new Set<string>();
  for (const space of ['Common', 'Main', 'Utility']) {
    const body = new RegExp(`^  namespace ${space} \\{\\n([\\s\\S]*?)^  \\}`, 'm').exec(source)?.[1] ?? '';
    for (const match of body.matchAll(/^ {4}(?:const|class) (\w+)/gm)) if (match[1]) exports.add(match[1]);
  }
  table.exports = [...exports].sort();
  return table;
}

/** The path of electron.d.ts of the installed npm package. */
export const electronTypesPath = path.join(import.meta.dirname, '../../node_modules/electron/electron.d.ts');

/** The path of the generated table. */
export const membersPath = path.join(import.meta.dirname, 'electron-members.json');

/** The table as it is written to disk: one line for each type. */
export function formatMembers(table: MemberTable): string {
  const lines = Object.entries(table).map(
    ([name, list]) => `  ${JSON.stringify(name)}: ${JSON.stringify(list.join(' '))}`,
  );
  return `{\n${lines.join(',\n')}\n}\n`;
}

if (import.meta.main)
  writeFileSync(membersPath, formatMembers(parseMembers(readFileSync(electronTypesPath, 'utf8'))));
