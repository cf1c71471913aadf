/**
 * Keys of a profile. A key that a person types lives in the input element only: no React state, no store; it is read once,
 * sent to main, and the input is emptied. What is shown is where a key is, never the key.
 */
import { useState } from 'react';
import type { CredentialField } from '../../../src-shared/domain/driver-manifest.ts';
import type { CredentialPresence } from '../../../src-shared/domain/profile.ts';
import type { SecretStoreStatus } from '../../../src-shared/domain/status.ts';
import { useApp } from '../../app/app-context.tsx';
import { formatDay } from '../../messages/format.ts';
import { profileMessages as words } from '../../messages/profile.ts';
import { Button } from '../../ui/button.tsx';
import { TextInput, Toggle } from '../../ui/field.tsx';
import { Notice } from '../../ui/notice.tsx';
import styles from './profile-editor.module.css';

/** Name of the input of a key in its form. */
export function keyInputName(field: string): string {
  return `key:${field}`;
}

/** Reads the keys that were typed into `form`; empty inputs are left out. */
export function typedKeys(form: HTMLFormElement): Record<string, string> {
  const keys: Record<string, string> = {};
  for (const element of form.elements) {
    if (!(element instanceof HTMLInputElement) || !element.name.startsWith('key:')) continue;
    const value = element.value.trim();
    if (value !== '') keys[element.name.slice('key:'.length)] = value;
  }
  return keys;
}

/** Empties the inputs of all keys in `form`. */
export function clearKeys(form: HTMLFormElement): void {
  for (const element of form.elements) {
    if (element instanceof HTMLInputElement && element.name.startsWith('key:')) element.value = '';
  }
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
  const variable = fields.find((field) => field.environmentVariable !== undefined)?.environmentVariable;
  return (
    <fieldset className={styles.group}>
      <legend>{words.keys}</legend>
      {secrets.state !== 'available' && (
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
          help={words.sessionOnlyHelp}
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
  const url = field.url;
  return (
    <div className={styles.key}>
      {(!isSet || replacing) && (
        <TextInput
          label={field.label}
          name={keyInputName(field.name)}
          type="password"
          mono
          error={error}
          placeholder={field.required ? words.required : words.optional}
          onChange={onTyped}
          help={
            <>
              {field.help !== undefined && <span>{field.help} </span>}
              <span>{secrets.state === 'available' ? words.keyHelp : words.keyHelpMemory} </span>
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
          }
        />
      )}
      <div className={styles.presence}>
        {isSet && !replacing && <span className={styles.keyName}>{field.label}</span>}
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
