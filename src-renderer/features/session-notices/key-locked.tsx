/** The key of a profile is locked in the keyring: unlock it once, or use another one for now. Nothing asks by itself. */
import { useId, useState } from 'react';
import { useApp, useStatus } from '../../app/app-context.tsx';
import { sessionNoticeMessages as words } from '../../messages/session-notices.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import styles from './session-notices.module.css';

/** Draws nothing where the profile's keys are at hand. `isSaid`: the problem above says what to do already. */
export function KeyLocked({ profileId, isSaid }: { profileId: string; isSaid: boolean }) {
  const { actions } = useApp();
  const [isAsking, setAsking] = useState(false);
  const [isHelpOpen, setHelpOpen] = useState(false);
  const helpId = useId();
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
          <Button
            look="quiet"
            aria-expanded={isHelpOpen}
            aria-controls={helpId}
            onPress={() => setHelpOpen(!isHelpOpen)}
          >
            {words.help}
          </Button>
        </>
      }
    >
      {hint !== null && !isSaid && <p>{hint}</p>}
      <p>{words.keyLockedBody}</p>
      <div id={helpId} hidden={!isHelpOpen}>
        {words.keyLockedHelp.map((text) => (
          <p key={text} className={styles.muted}>
            {text}
          </p>
        ))}
      </div>
    </Notice>
  );
}
