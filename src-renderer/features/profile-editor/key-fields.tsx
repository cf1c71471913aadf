/**
 * Keys of a profile. A key that a person types lives in the input element only: no React state, no store; it is read once,
 * sent to main, and the input is emptied. What is shown is where a key is, never the key.
 */
import { useState } from 'react';
import type { CredentialField } from '../../../src-shared/domain/driver-manifest.ts';
import type { CredentialPresence } from '../../../src-shared/domain/profile.ts';
import { pairsMessage, parseSecretPairs } from '../../../src-shared/domain/secret-pairs.ts';
import type { SecretStoreStatus } from '../../../src-shared/domain/status.ts';
import { useApp } from '../../app/app-context.tsx';
import { formatDay } from '../../messages/format.ts';
import { profileMessages as words } from '../../messages/profile.ts';
import { Button } from '../../ui/button.tsx';
import { TextArea, TextInput, Toggle } from '../../ui/field.tsx';
import { Notice } from '../../ui/notice.tsx';
import styles from './profile-editor.module.css';

/** Name of the input of a key in its form. */
export function keyInputName(field: string): string {
  return `key:${field}`;
}

/** Reads the keys that were typed into `form`; empty inputs are left out. */
export function typedKeys(form: HTMLFormElement): Record<string, string> {
  const keys: Record<string, string> = {};
  for (const element of keyElements(form)) {
    const value = element.value.trim();
    if (value !== '') keys[element.name.slice('key:'.length)] = value;
  }
  return keys;
}

/** Empties the inputs of all keys in `form`. */
export function clearKeys(form: HTMLFormElement): void {
  for (const element of keyElements(form)) element.value = '';
}

/** What is wrong with the keys as they were typed, by field; says in which line, never what is in it. */
export function keyProblems(
  fields: readonly CredentialField[],
  keys: Readonly<Record<string, string>>,
): Record<string, string> {
  const problems: Record<string, string> = {};
  for (const { name, format } of fields) {
    const typed = keys[name];
    if (format !== 'pairs' || typed === undefined) continue;
    const message =
      typed.length > longestKey ? words.pairsTooLong : pairsMessage(parseSecretPairs(typed).problems);
    if (message !== null) problems[name] = message;
  }
  return problems;
}

/** What the contract takes. */
const longestKey = 20_000;

function keyElements(form: HTMLFormElement): (HTMLInputElement | HTMLTextAreaElement)[] {
  return [...form.elements].filter(
    (element): element is HTMLInputElement | HTMLTextAreaElement =>
      (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement) &&
      element.name.startsWith('key:'),
  );
}

/** The keys of a profile; `presence` is empty for one that is not saved yet. */
export function KeyFields({
  fields,
  presence,
  profileId,
  secrets,
  errors,
  sessionOnly,
  onSessionOnly,
  onTyped,
}: {
  fields: readonly CredentialField[];
  presence: readonly CredentialPresence[];
  profileId: string | null;
  secrets: SecretStoreStatus;
  errors: Readonly<Record<string, string>>;
  sessionOnly: boolean;
  onSessionOnly: (value: boolean) => void;
  onTyped: () => void;
}) {
  const { actions } = useApp();
  // Where nothing is needed and nothing was stored, the choice below says enough.
  const isNeeded =
    fields.some(({ required }) => required) || presence.some(({ state }) => state === 'locked');
  const variable = fields.find((field) => field.environmentVariable !== undefined)?.environmentVariable;
  return (
    <fieldset className={styles.group}>
      <legend>{fields.some(({ required }) => required) ? words.keys : words.secrets}</legend>
      {secrets.state !== 'available' && isNeeded && (
        <Notice
          level="warning"
          title={
            secrets.message ??
            (secrets.state === 'locked'
              ? words.keyringLocked(secrets.name)
              : words.keyringMissing(secrets.name))
          }
          actions={
            <Button onPress={() => void actions.attempt('credentials.refresh', {})}>{words.tryUnlock}</Button>
          }
        >
          {secrets.hint !== undefined && <p>{secrets.hint}</p>}
          <p>{variable === undefined ? words.keyringOptions : words.keyringOptionsVariable(variable)}</p>
        </Notice>
      )}
      {fields.map((field) => (
        <KeyField
          key={field.name}
          field={field}
          presence={presence.find((entry) => entry.field === field.name)}
          profileId={profileId}
          secrets={secrets}
          error={errors[field.name]}
          onTyped={onTyped}
        />
      ))}
      {secrets.state !== 'available' && (
        <Toggle
          label={words.sessionOnly}
          help={isNeeded ? words.sessionOnlyHelp : words.sessionOnlyBecause(secrets.name)}
          checked={sessionOnly}
          onChange={onSessionOnly}
        />
      )}
    </fieldset>
  );
}

function KeyField({
  field,
  presence,
  profileId,
  secrets,
  error,
  onTyped,
}: {
  field: CredentialField;
  presence: CredentialPresence | undefined;
  profileId: string | null;
  secrets: SecretStoreStatus;
  error: string | undefined;
  onTyped: () => void;
}) {
  const { actions } = useApp();
  const [replacing, setReplacing] = useState(false);
  const state = presence?.state ?? 'missing';
  const isSet = state === 'stored' || state === 'session' || state === 'locked';
  return (
    <div className={styles.key}>
      {(!isSet || replacing) && (
        <KeyInput
          field={field}
          error={error}
          isReplacing={isSet}
          inKeyring={secrets.state === 'available'}
          onTyped={onTyped}
        />
      )}
      <div className={styles.presence}>
        {isSet && !replacing && (
          <>
            <span className={styles.keyName}>{field.label}</span>
            <span className={styles.dots} aria-hidden="true">
              ••••••••
            </span>
          </>
        )}
        <span data-presence={state}>{presenceText(field, presence, secrets)}</span>
        {isSet && (
          <span className={styles.keyButtons}>
            <Button onPress={() => setReplacing(!replacing)}>
              {replacing ? words.cancelReplace : words.replaceKey}
            </Button>
            {profileId !== null && !replacing && (
              <Button
                look="danger"
                aria-label={words.removeKeyOf(field.label)}
                onPress={() => void actions.attempt('credentials.clear', { profileId, field: field.name })}
              >
                {words.removeKey}
              </Button>
            )}
          </span>
        )}
      </div>
    </div>
  );
}

function KeyInput({
  field,
  error,
  isReplacing,
  inKeyring,
  onTyped,
}: {
  field: CredentialField;
  error: string | undefined;
  isReplacing: boolean;
  inKeyring: boolean;
  onTyped: () => void;
}) {
  const { actions } = useApp();
  const { label, url } = field;
  const isPairs = field.format === 'pairs';
  const help = isPairs
    ? inKeyring
      ? words.pairsHelp
      : words.pairsHelpMemory
    : inKeyring
      ? words.keyHelp
      : words.keyHelpMemory;
  const common = {
    label,
    error,
    name: keyInputName(field.name),
    onChange: onTyped,
    help: (
      <>
        {field.help !== undefined && <span>{field.help} </span>}
        <span>{help} </span>
        {isPairs && isReplacing && <span>{words.pairsReplace} </span>}
        {url !== undefined && (
          <button
            type="button"
            className={styles.link}
            onClick={() => void actions.attempt('shell.openExternal', { url })}
          >
            {words.getKey}
          </button>
        )}
      </>
    ),
  };
  return isPairs ? (
    <TextArea {...common} placeholder={words.pairsPlaceholder} />
  ) : (
    <TextInput
      {...common}
      type="password"
      mono
      placeholder={field.required ? words.required : words.optional}
    />
  );
}

function presenceText(
  field: CredentialField,
  presence: CredentialPresence | undefined,
  secrets: SecretStoreStatus,
): string {
  const text = words.presence;
  switch (presence?.state) {
    case 'stored':
      return presence.storedAt === null
        ? text.stored(secrets.name)
        : text.storedOn(secrets.name, formatDay(presence.storedAt));
    case 'session':
      return text.session;
    case 'environment':
      return text.environment(presence.environmentVariable ?? field.environmentVariable ?? '');
    case 'locked':
      return text.locked(secrets.name);
    case 'missing':
    case undefined:
      return field.environmentVariable === undefined
        ? text.missing
        : text.missingVariable(field.environmentVariable);
  }
}
