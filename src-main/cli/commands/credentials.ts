/** `specboard credentials set|status|clear PROFILE`. Values come from standard input, never from an argument. */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { Core } from '../../app/create-core.ts';
import { findProfile } from '../find.ts';
import { ask, isInteractive, printJson, readAll, type Terminal, write } from '../terminal.ts';
import { stateWords } from './profiles.ts';

/** Reads a value (hidden on a terminal, else all of standard input) and stores it in the keyring. */
export async function setCredential(
  core: Core,
  terminal: Terminal,
  profileName: string,
  fieldName: string | undefined,
): Promise<void> {
  const profile = findProfile(core, profileName);
  const fields = core.registry.manifests().find(({ type }) => type === profile.driverType)?.credentials ?? [];
  const field = fieldName === undefined ? fields[0] : fields.find(({ name }) => name === fieldName);
  if (!field) {
    throw new SpecboardError(
      'invalid',
      fields.length === 0
        ? `"${profile.name}" needs no credential.`
        : `"${profile.name}" has no credential of that name.`,
      {
        hint:
          fields.length === 0 ? 'Nothing to do.' : `It takes: ${fields.map(({ name }) => name).join(', ')}.`,
      },
    );
  }
  const value = await readSecret(terminal, `${field.label} for "${profile.name}"`, field.format === 'pairs');
  const saved = await core.profiles.setCredentials(
    profile.id,
    { [field.name]: value.trim() },
    { sessionOnly: false },
  );
  if (terminal.json) await printJson(terminal, saved.credentials);
  else
    await write(
      terminal.stdout,
      `Stored the ${field.label} of "${profile.name}" in ${core.hub.current.secrets.name}.\n`,
    );
}

/** What is known about a profile's credentials; never a value. */
export async function credentialStatus(
  core: Core,
  terminal: Terminal,
  profileName: string | undefined,
): Promise<void> {
  const profile = findProfile(core, profileName);
  if (terminal.json) return printJson(terminal, profile.credentials);
  const lines = profile.credentials.map(
    (credential) => `${credential.field}: ${stateWords[credential.state]}`,
  );
  await write(terminal.stdout, `${lines.join('\n') || `"${profile.name}" needs no credential.`}\n`);
}

/** Removes credentials of a profile from the keyring. */
export async function clearCredentials(
  core: Core,
  terminal: Terminal,
  profileName: string,
  fieldName: string | undefined,
): Promise<void> {
  const profile = findProfile(core, profileName);
  const cleared = await core.profiles.clearCredentials(profile.id, fieldName);
  if (terminal.json) await printJson(terminal, cleared.credentials);
  else await write(terminal.stdout, `Cleared the credentials of "${profile.name}".\n`);
}

/** One line, or, for many secrets in one, lines of NAME=value until an empty one. Nothing typed is shown. */
async function readSecret(terminal: Terminal, what: string, isPairs: boolean): Promise<string> {
  if (!isInteractive(terminal)) return readAll(terminal.stdin);
  if (!isPairs) return ask(terminal, `${what} (not shown): `, { hidden: true });
  const lines: string[] = [];
  for (;;) {
    const prompt =
      lines.length === 0
        ? `${what}: NAME=value, one a line, an empty line ends (not shown): `
        : 'Next, or empty: ';
    const line = await ask(terminal, prompt, { hidden: true });
    if (line === '') return lines.join('\n');
    lines.push(line);
  }
}
