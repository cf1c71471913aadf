/** The key of a profile is locked in the keyring: unlock it once, or use another one for now. Nothing asks by itself. */
import { useState } from 'react';
import { useApp, useStatus } from '../../app/app-context.tsx';
import { sessionNoticeMessages as words } from '../../messages/session-notices.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';

/** Draws nothing where the profile's keys are at hand. */
export function KeyLocked({ profileId }: { profileId: string }) {
  const { actions } = useApp();
  const [isAsking, setAsking] = useState(false);
  const { name, field, store, hint } = useStatus(({ status }) => {
    const profile = status?.profiles.find(({ id }) => id === profileId);
    return {
      name: profile?.name ?? '',
      field: profile?.credentials.find(({ state }) => state === 'locked')?.field ?? null,
      store: status?.secrets.name ?? '',
      hint: status?.secrets.hint ?? null,
    };
  });
  if (field === null) return null;
  const unlock = async () => {
    setAsking(true);
    await actions.sessions.unlock();
    setAsking(false);
  };
  return (
    <Notice
      level="warning"
      title={words.keyLockedTitle(name, store)}
      actions={
        <>
          <Button look="primary" isDisabled={isAsking} onPress={() => void unlock()}>
            {isAsking ? words.unlocking : words.unlock}
          </Button>
          <Button onPress={() => actions.openDialog({ type: 'edit-profile', profileId, focusField: field })}>
            {words.sessionKey}
          </Button>
        </>
      }
    >
      {hint !== null && <p>{hint}</p>}
      <p>{words.keyLockedBody}</p>
    </Notice>
  );
}
