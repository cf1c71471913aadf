// `npm start`: in what does the app run? A pure decision over facts that start.ts gathers.

/** Where Electron's binary is, or why it is not there. */
export type ElectronFact = { path: string } | { missing: string };

/** All that the decision looks at. */
export interface RuntimeFacts {
  /** APP_RUNTIME, as it was written. */
  wanted: string | undefined;
  electron: ElectronFact;
  /** A download can be tried: not tried yet, not failed within the last hour, no folder prescribed by the environment. */
  mayDownload: boolean;
  /** The path of an installed Chromium, Chrome or Edge. */
  chromium: string | null;
  /** Windows can be shown. */
  display: boolean;
  /** The version of Node, for the notice. */
  node: string;
}

/** What to do next. After `download`, gather the facts again with `mayDownload: false`. */
export type RuntimeChoice =
  | { kind: 'electron'; path: string }
  | { kind: 'download' }
  | { kind: 'host'; notice: string }
  | { kind: 'stop'; message: string };

const TERMINAL = "SpecBoard works in the terminal too: npx specboard run -c 'print(6*7)'";

const REMEDIES = [
  '  - with access to GitHub: npx install-electron --no, then npm start',
  '  - behind a mirror: ELECTRON_MIRROR=https://... npx install-electron --no',
  '  - with a binary of your own: ELECTRON_OVERRIDE_DIST_PATH=/its/folder npm start',
].join('\n');

const BROWSER_REMEDY =
  '  - with Chromium or Chrome installed (Debian, Ubuntu: apt-get install chromium), npm start opens the app in it';

/** The decision. */
export function chooseRuntime(facts: RuntimeFacts): RuntimeChoice {
  const wanted = facts.wanted || 'auto';
  if (!['auto', 'electron', 'host'].includes(wanted)) {
    return { kind: 'stop', message: `APP_RUNTIME is "${wanted}"; it can be auto, electron or host.` };
  }
  if (!facts.display) {
    return {
      kind: 'stop',
      message: `There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set), so no window can be opened.\n${TERMINAL}`,
    };
  }
  if (wanted === 'host') {
    if (facts.chromium) {
      const notice = `APP_RUNTIME=host: SpecBoard opens in ${facts.chromium} through its stand-in for Electron (Node ${facts.node}).`;
      return { kind: 'host', notice };
    }
    const message = `APP_RUNTIME=host needs Chromium, Chrome or Edge, and none was found (HOST_CHROMIUM can name one).\n${TERMINAL}`;
    return { kind: 'stop', message };
  }
  if ('path' in facts.electron) return { kind: 'electron', path: facts.electron.path };
  if (facts.mayDownload) return { kind: 'download' };
  const why = facts.electron.missing;
  if (wanted === 'electron') return { kind: 'stop', message: `Electron is not there: ${why}.\n${REMEDIES}` };
  if (!facts.chromium) {
    const message = `No window can be opened: ${why}, and there is no Chromium or Chrome to stand in.\n${REMEDIES}\n${BROWSER_REMEDY}\n${TERMINAL}`;
    return { kind: 'stop', message };
  }
  const notice =
    `Electron is not used because ${why}, so SpecBoard opens in ${facts.chromium} through a stand-in, ` +
    'with menu and tray behind the small button at the edge of the window (or Alt) and without desktop integration.';
  return { kind: 'host', notice };
}
