/** All profiles with where their key is; one at a time opens its form in place. */
import { ChevronDown, ChevronRight, Plus } from 'lucide-react';
import { useState } from 'react';
import type { DriverManifest, DriverType } from '../../../src-shared/domain/driver-manifest.ts';
import type { Profile } from '../../../src-shared/domain/profile.ts';
import type { SecretStoreStatus } from '../../../src-shared/domain/status.ts';
import { useApp, useStatus } from '../../app/app-context.tsx';
import { settingsMessages as words } from '../../messages/settings.ts';
import { shellMessages } from '../../messages/shell.ts';
import { Button } from '../../ui/button.tsx';
import { DriverChoice } from '../profile-editor/driver-choice.tsx';
import { ProfileForm } from '../profile-editor/profile-form.tsx';
import { Question } from './question.tsx';
import styles from './settings.module.css';

type Open = { type: 'profile'; id: string } | { type: 'choose' } | { type: 'new'; driver: DriverType } | null;

/** `profileId`: the one that is open at first. */
export function ProfilesSection({ profileId }: { profileId: string | undefined }) {
  const [profiles, secrets] = useStatus(
    ({ status }) => [status?.profiles ?? [], status?.secrets ?? null] as const,
  );
  const drivers = useStatus((state) => state.drivers);
  const [open, setOpen] = useState<Open>(profileId === undefined ? null : { type: 'profile', id: profileId });
  if (!secrets) return null;
  const manifestOf = (type: DriverType) => drivers.find((driver) => driver.type === type);
  const created = open?.type === 'new' ? manifestOf(open.driver) : undefined;
  return (
    <>
      <div className={styles.headline}>
        <p className={styles.muted}>{words.profilesHelp}</p>
        <Button icon={<Plus size={14} aria-hidden />} onPress={() => setOpen({ type: 'choose' })}>
          {words.addProfile}
        </Button>
      </div>
      {open?.type === 'choose' && (
        <div className={styles.card}>
          <DriverChoice drivers={drivers} onChoose={(driver) => setOpen({ type: 'new', driver })} />
        </div>
      )}
      {created && (
        <div className={styles.card}>
          <InlineForm
            key={created.type}
            manifest={created}
            profile={null}
            secrets={secrets}
            onSaved={(saved) => setOpen({ type: 'profile', id: saved.id })}
            onClose={() => setOpen(null)}
          />
        </div>
      )}
      {profiles.length === 0 && open === null && <p className={styles.muted}>{words.noProfiles}</p>}
      <ul className={styles.profiles}>
        {profiles.map((profile) => {
          const isOpen = open?.type === 'profile' && open.id === profile.id;
          return (
            <ProfileCard
              key={profile.id}
              profile={profile}
              manifest={manifestOf(profile.driverType)}
              secrets={secrets}
              isOpen={isOpen}
              onToggle={() => setOpen(isOpen ? null : { type: 'profile', id: profile.id })}
            />
          );
        })}
      </ul>
    </>
  );
}

function ProfileCard({
  profile,
  manifest,
  secrets,
  isOpen,
  onToggle,
}: {
  profile: Profile;
  manifest: DriverManifest | undefined;
  secrets: SecretStoreStatus;
  isOpen: boolean;
  onToggle: () => void;
}) {
  const { actions } = useApp();
  const [isAsking, setAsking] = useState(false);
  const { id, name, isDefault } = profile;
  const Fold = isOpen ? ChevronDown : ChevronRight;
  return (
    <li className={styles.card}>
      <button type="button" className={styles.profile} aria-expanded={isOpen} onClick={onToggle}>
        <Fold size={16} aria-hidden />
        <bdi className={styles.profileName}>{name}</bdi>
        {manifest?.label !== name && (
          <span className={styles.muted}>{manifest?.label ?? profile.driverType}</span>
        )}
        {isDefault && <span className={styles.chip}>{words.defaultProfile}</span>}
        <span className={styles.keyState} data-state={keyStateOf(profile, manifest)}>
          {keyText(profile, manifest, secrets)}
        </span>
      </button>
      {isOpen && manifest && (
        <>
          <InlineForm
            manifest={manifest}
            profile={profile}
            secrets={secrets}
            onSaved={() => {}}
            onClose={onToggle}
          />
          {isAsking ? (
            <Question
              title={shellMessages.deleteTitle(name)}
              body={shellMessages.deleteBody}
              confirm={shellMessages.deleteConfirm}
              onConfirm={() => void actions.attempt('profiles.remove', { profileId: id })}
              onDone={() => setAsking(false)}
            />
          ) : (
            <fieldset className={styles.cardActions} aria-label={words.profileActions(name)}>
              {!isDefault && (
                <Button
                  look="quiet"
                  onPress={() => void actions.attempt('profiles.setDefault', { profileId: id })}
                >
                  {shellMessages.makeDefault}
                </Button>
              )}
              <Button
                look="quiet"
                onPress={() => void actions.attempt('profiles.duplicate', { profileId: id })}
              >
                {shellMessages.duplicate}
              </Button>
              <Button look="quiet" onPress={() => setAsking(true)}>
                {shellMessages.delete}
              </Button>
            </fieldset>
          )}
        </>
      )}
    </li>
  );
}

function InlineForm({
  manifest,
  profile,
  secrets,
  onSaved,
  onClose,
}: {
  manifest: DriverManifest;
  profile: Profile | null;
  secrets: SecretStoreStatus;
  onSaved: (profile: Profile) => void;
  onClose: () => void;
}) {
  return (
    <ProfileForm
      manifest={manifest}
      initial={profile}
      secrets={secrets}
      focusField={undefined}
      onBack={profile === null ? onClose : undefined}
      onSaved={onSaved}
    >
      {({ body, buttons, isSaved }) => (
        <div className={styles.form}>
          {body}
          <div className={styles.formButtons}>
            <span role="status" className={styles.muted}>
              {isSaved ? words.profileSaved : ''}
            </span>
            {buttons}
          </div>
        </div>
      )}
    </ProfileForm>
  );
}

type KeyState = 'fine' | 'missing' | 'locked';

function keyStateOf({ credentials }: Profile, manifest: DriverManifest | undefined): KeyState {
  if (credentials.some(({ state }) => state === 'locked')) return 'locked';
  const required = manifest?.credentials.filter((field) => field.required) ?? [];
  const isMissing = required.some(
    ({ name }) => credentials.find(({ field }) => field === name)?.state === 'missing',
  );
  return isMissing ? 'missing' : 'fine';
}

function keyText(profile: Profile, manifest: DriverManifest | undefined, secrets: SecretStoreStatus): string {
  const state = keyStateOf(profile, manifest);
  if (state === 'locked') return words.keyLocked;
  if (state === 'missing') return words.keyMissing;
  const set = profile.credentials.find((one) => one.state !== 'missing');
  switch (set?.state) {
    case 'stored':
      return words.keySet(secrets.name);
    case 'session':
      return words.keySession;
    case 'environment':
      return words.keyEnvironment(set.environmentVariable ?? '');
    default:
      return words.keyNone;
  }
}
