// How an accelerator is written in a drawn menu.

const MAC: Record<string, string> = {
  cmdorctrl: '\u2318',
  commandorcontrol: '\u2318',
  cmd: '\u2318',
  command: '\u2318',
  super: '\u2318',
  meta: '\u2318',
  ctrl: '\u2303',
  control: '\u2303',
  alt: '\u2325',
  option: '\u2325',
  shift: '\u21E7',
};
const OTHER: Record<string, string> = {
  cmdorctrl: 'Ctrl',
  commandorcontrol: 'Ctrl',
  control: 'Ctrl',
  option: 'Alt',
};

/** "CmdOrCtrl+Shift+R" as a person of that platform reads it. */
export function acceleratorText(accelerator: string | null, platform = process.platform): string {
  if (!accelerator) return '';
  const names = platform === 'darwin' ? MAC : OTHER;
  const parts = accelerator
    .split('+')
    .map((part) => names[part.toLowerCase()] ?? (part === 'Plus' ? '+' : part));
  return parts.join(platform === 'darwin' ? '' : '+');
}
