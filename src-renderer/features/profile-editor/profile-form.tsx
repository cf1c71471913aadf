/**
 * The generated form of a profile: name, keys, the driver's settings, what a test found, and the buttons for it. Where they
 * stand is the caller's business.
 */
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { type Problem, toProblem } from '../../../src-shared/contract/errors.ts';
import type { DriverManifest } from '../../../src-shared/domain/driver-manifest.ts';
import type { Profile, ProfileReport } from '../../../src-shared/domain/profile.ts';
import type { SecretStoreStatus } from '../../../src-shared/domain/status.ts';
import { useApp, useStatus } from '../../app/app-context.tsx';
import { profileMessages as words } from '../../messages/profile.ts';
import { Button } from '../../ui/button.tsx';
import { TextInput } from '../../ui/field.tsx';
import { Notice } from '../../ui/notice.tsx';
import { ProblemNotice } from '../problem/problem-notice.tsx';
import { type FormValues, toForm, toSettings } from './form-values.ts';
import { clearKeys, KeyFields, keyInputName, keyProblems, typedKeys } from './key-fields.tsx';
import styles from './profile-editor.module.css';
import { saveProfile } from './save-profile.ts';
import { SettingFields } from './setting-fields.tsx';
import { TestReport } from './test-report.tsx';

/** What a form is made of. */
export interface FormParts {
  title: string;
  body: ReactNode;
  buttons: ReactNode;
  /** Saved, and nothing changed since. */
  isSaved: boolean;
}

type TestState = { running: true } | { running: false; report: ProfileReport };

/** See the head of the file. `children` puts the parts where they belong: a dialog, or a page of the settings. */
export function ProfileForm({
  manifest,
  initial,
  secrets,
  focusField,
  onBack,
  onSaved,
  children,
}: {
  manifest: DriverManifest;
  initial: Profile | null;
  secrets: SecretStoreStatus;
  focusField: string | undefined;
  onBack: (() => void) | undefined;
  /** The person pressed Save, and it is saved. */
  onSaved: (profile: Profile) => void;
  children: (parts: FormParts) => ReactNode;
}) {
  const { bridge } = useApp();
  const form = useRef<HTMLFormElement>(null);
  /** A new profile has an id once it is saved, even if its key is not. */
  const [savedId, setSavedId] = useState(initial?.id ?? null);
  const saved =
    useStatus(({ status }) => status?.profiles.find(({ id }) => id === savedId) ?? null) ?? initial;
  const [name, setName] = useState(initial?.name ?? manifest.label);
  const [values, setValues] = useState<FormValues>(() =>
    toForm(manifest.fields, initial?.settings ?? manifest.defaults),
  );
  const [sessionOnly, setSessionOnly] = useState(secrets.state === 'missing');
  const [isDirty, setDirty] = useState(initial === null);
  const [isSaving, setSaving] = useState(false);
  /** Saved, and nothing changed since. */
  const [isSaved, setSaved] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [keysFailed, setKeysFailed] = useState(false);
  const [test, setTest] = useState<TestState | null>(null);
  const errors = problem?.fields ?? {};

  useEffect(() => {
    if (focusField === undefined) return;
    const key = form.current?.elements.namedItem(keyInputName(focusField));
    const setting = form.current?.querySelector(`[data-setting="${CSS.escape(focusField)}"]`);
    const folded = setting?.closest('details');
    if (folded) folded.open = true;
    const input = key ?? setting?.querySelector('input, select, textarea');
    if (input instanceof HTMLElement) input.focus();
  }, [focusField]);

  useEffect(() => {
    if (problem || (test && !test.running)) showOutcome(form.current);
  }, [problem, test]);

  const settings = () => toSettings(manifest.fields, values, initial?.settings ?? manifest.defaults);
  const save = async (): Promise<Profile | null> => {
    const element = form.current;
    if (!element) return null;
    setProblem(null);
    setTest(null);
    const keys = typedKeys(element);
    const wrong = keyProblems(manifest.credentials, keys);
    if (Object.keys(wrong).length > 0) {
      const [first] = manifest.credentials.filter(({ name: field }) => wrong[field] !== undefined);
      const message = words.fieldProblem(first?.label ?? '');
      setProblem({ code: 'invalid', message, retryable: false, fields: wrong });
      return null;
    }
    setSaving(true);
    const outcome = await saveProfile(bridge, {
      profileId: savedId,
      name: name.trim(),
      driverType: manifest.type,
      settings: settings(),
      keys,
      sessionOnly: sessionOnly && secrets.state !== 'available',
    });
    setSaving(false);
    setProblem(outcome.problem);
    setKeysFailed(outcome.profile !== null && !outcome.keysStored);
    if (outcome.profile) setSavedId(outcome.profile.id);
    if (!outcome.profile || !outcome.keysStored) {
      // Offered at once where it is the way out; the key stays in its input, so that nobody has to paste it again.
      if (outcome.problem?.code === 'keyring-missing') setSessionOnly(true);
      return null;
    }
    clearKeys(element);
    setDirty(false);
    return outcome.profile;
  };
  const finish = async () => {
    const profile = await save();
    if (!profile) return;
    setSaved(true);
    onSaved(profile);
  };
  const runTest = async () => {
    const profileId = isDirty ? (await save())?.id : savedId;
    if (!profileId) return;
    setTest({ running: true });
    try {
      const result = await bridge.call('profiles.test', { profileId });
      setTest({ running: false, report: result });
    } catch (error) {
      const { message, hint } = toProblem(error);
      setTest({ running: false, report: { ok: false, message, ...(hint === undefined ? {} : { hint }) } });
    }
  };
  const known = new Set([
    'name',
    ...manifest.fields.map(({ key }) => key),
    ...manifest.credentials.map((c) => c.name),
  ]);
  // `mounts.0.target` is shown at its row.
  const elsewhere = Object.entries(errors).filter(([key]) => !known.has(key.split('.')[0] ?? key));

  // Nothing works without a key that is required; keys that only add something come after what matters more.
  const keysFirst = manifest.credentials.some(({ required }) => required);
  const keyFields = manifest.credentials.length > 0 && (
    <KeyFields
      key={presenceKey(saved)}
      fields={manifest.credentials}
      presence={saved?.credentials ?? []}
      profileId={savedId}
      secrets={secrets}
      errors={errors}
      sessionOnly={sessionOnly}
      onSessionOnly={setSessionOnly}
      onTyped={() => setDirty(true)}
    />
  );
  const body = (
    <form
      ref={form}
      className={styles.fields}
      autoComplete="off"
      onSubmit={(event) => {
        event.preventDefault();
        void finish();
      }}
    >
      {keysFailed && <Notice level="warning" title={words.savedKeyFailed} />}
      {problem && <ProblemNotice problem={{ ...problem, hint: withElsewhere(problem, elsewhere) }} />}
      {test && !test.running && <TestReport report={test.report} />}
      <TextInput
        label={words.name}
        value={name}
        error={errors.name}
        placeholder={words.namePlaceholder}
        maxLength={80}
        onChange={(event) => {
          setName(event.target.value);
          setDirty(true);
        }}
      />
      {keysFirst && keyFields}
      <SettingFields
        fields={manifest.fields}
        values={values}
        errors={errors}
        source={{ driverType: manifest.type, profileId: savedId, settings }}
        onChange={(key, value) => {
          setValues((before) => ({ ...before, [key]: value }));
          setDirty(true);
        }}
      >
        {!keysFirst && keyFields}
      </SettingFields>
      <input type="submit" hidden />
    </form>
  );
  const buttons = (
    <>
      {onBack && savedId === null && (
        <Button look="quiet" onPress={onBack} className={styles.back ?? ''}>
          {words.back}
        </Button>
      )}
      <Button isDisabled={isSaving || test?.running === true} onPress={() => void runTest()}>
        {test?.running ? words.testing : isDirty ? words.saveAndTest : words.test}
      </Button>
      <Button look="primary" isDisabled={isSaving} onPress={() => void finish()}>
        {isSaving ? words.saving : initial === null && savedId === null ? words.create : words.save}
      </Button>
    </>
  );
  return children({
    title: saved ? words.editTitle(saved.name) : words.newTitle,
    body,
    buttons,
    isSaved: isSaved && !isDirty,
  });
}

/** Brings what was said into view: the form is long. A field that is wrong gets the focus. */
function showOutcome(form: HTMLFormElement | null): void {
  const wrong = form?.querySelector<HTMLElement>('[aria-invalid="true"]');
  if (wrong) wrong.focus();
  else form?.scrollIntoView({ block: 'start' });
}

/** Changes when a key was set or removed, so that its input starts afresh; not when a new profile was only saved. */
function presenceKey(profile: Profile | null): string {
  const set = (profile?.credentials ?? []).filter(({ state }) => state !== 'missing');
  return set.map(({ field, state, storedAt }) => `${field} ${state} ${storedAt}`).join();
}

/** Messages of fields that this form does not show are not lost. */
function withElsewhere(problem: Problem, elsewhere: readonly (readonly [string, string])[]): string {
  return [problem.hint, ...elsewhere.map(([key, message]) => `${key}: ${message}`)].filter(Boolean).join(' ');
}
