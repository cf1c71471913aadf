/** Environment variables of cells. The vendor pastes them unescaped into the code; these cells carry any value safely. */

/** A cell that sets the variables; with `remember`, `restoreEnvironmentCell` puts back what was there. Leaves no name behind. */
export function setEnvironmentCell(variables: Readonly<Record<string, string>>, remember: boolean): string {
  const data = Buffer.from(JSON.stringify(variables), 'utf8').toString('base64');
  return inOwnNames([
    'import base64, json, os, sys',
    `new = json.loads(base64.b64decode('${data}').decode())`,
    ...(remember ? ['sys._specboard_environment = {name: os.environ.get(name) for name in new}'] : []),
    'os.environ.update(new)',
  ]);
}

/** A cell that undoes the last `setEnvironmentCell` with `remember`. */
export function restoreEnvironmentCell(): string {
  return inOwnNames([
    'import os, sys',
    "for name, value in sys.__dict__.pop('_specboard_environment', {}).items():",
    '    os.environ.pop(name, None)',
    '    if value is not None: os.environ[name] = value',
  ]);
}

function inOwnNames(lines: readonly string[]): string {
  return `exec(${JSON.stringify(lines.join('\n'))}, {})`;
}
