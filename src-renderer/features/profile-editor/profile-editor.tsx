/** The profile editor as a dialog: choose a driver (for a new one), fill in the generated form, enter keys, test, save. */
import { useState } from 'react';
import { useApp, useStatus } from '../../app/app-context.tsx';
import { profileMessages as words } from '../../messages/profile.ts';
import { shellMessages } from '../../messages/shell.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { DriverChoice } from './driver-choice.tsx';
import { ProfileForm } from './profile-form.tsx';

/** Opens for an existing profile (`profileId`), or for a new one of `driverType` (asked for where it is missing). */
export function ProfileEditor({
  profileId,
  driverType,
  focusField,
  onClose,
}: {
  profileId: string | null;
  driverType?: string | undefined;
  focusField?: string | undefined;
  onClose: () => void;
}) {
  const { actions } = useApp();
  const drivers = useStatus((state) => state.drivers);
  const [chosen, setChosen] = useState(driverType);
  const profile = useStatus(({ status }) => status?.profiles.find(({ id }) => id === profileId) ?? null);
  const secrets = useStatus(({ status }) => status?.secrets ?? null);
  const manifest = drivers.find(({ type }) => type === (profile?.driverType ?? chosen));
  if (!manifest || !secrets) {
    return (
      <Dialog title={words.newTitle} closeLabel={shellMessages.close} onClose={onClose}>
        <DriverChoice drivers={drivers} onChoose={setChosen} />
      </Dialog>
    );
  }
  return (
    <ProfileForm
      manifest={manifest}
      initial={profile}
      secrets={secrets}
      focusField={focusField}
      onBack={profileId === null && driverType === undefined ? () => setChosen(undefined) : undefined}
      onSaved={(saved) => {
        if (profileId === null) actions.select({ type: 'profile', id: saved.id });
        onClose();
      }}
    >
      {({ title, body, buttons }) => (
        <Dialog title={title} closeLabel={shellMessages.close} onClose={onClose} footer={buttons}>
          {body}
        </Dialog>
      )}
    </ProfileForm>
  );
}
