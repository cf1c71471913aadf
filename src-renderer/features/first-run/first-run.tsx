/** What a profile without a session shows: the first code is one click away, and so is a cloud sandbox. */
import { Play } from 'lucide-react';
import { useApp, useStatus, useUi } from '../../app/app-context.tsx';
import { runMessages as words } from '../../messages/run.ts';
import { Button } from '../../ui/button.tsx';
import { Elsewhere } from '../elsewhere/elsewhere.tsx';
import styles from './first-run.module.css';

/** The empty output of `profileId`. */
export function FirstRun({ profileId }: { profileId: string }) {
  const { actions } = useApp();
  const isConnecting = useUi(({ connecting }) => connecting[profileId] ?? false);
  const [name, isLocal, fresh] = useStatus(({ status }) => {
    const profile = status?.profiles.find(({ id }) => id === profileId);
    const only = status?.profiles.length === 1 && status.sessions.length === 0;
    return [profile?.name ?? '', profile?.driverType === 'local', only];
  });
  const canList = useStatus(({ status, drivers: all }) => {
    const profile = status?.profiles.find(({ id }) => id === profileId);
    return all.find(({ type }) => type === profile?.driverType)?.capabilities.list === true;
  });
  const drivers = useStatus((state) => state.drivers.filter(({ type }) => type !== 'local'));
  return (
    <div className={styles.box}>
      {fresh && <h2 className={styles.title}>{words.firstRunTitle}</h2>}
      <p className={styles.body}>{isLocal ? words.firstRunBody : words.emptyReady}</p>
      <Button
        look="primary"
        className={styles.run ?? ''}
        icon={<Play size={14} aria-hidden fill="currentColor" />}
        isDisabled={isConnecting}
        onPress={() => void actions.runDraft()}
      >
        {isLocal ? words.firstRunButton : words.firstRunOn(String(name))}
      </Button>
      {canList && <Elsewhere key={profileId} profileId={profileId} />}
      {fresh && drivers.length > 0 && (
        <div className={styles.more}>
          <p>{words.firstRunMore}</p>
          <div className={styles.drivers}>
            {drivers.map(({ type, label }) => (
              <Button
                key={type}
                onPress={() => actions.openDialog({ type: 'new-profile', driverType: type })}
              >
                {words.addDriver(label)}
              </Button>
            ))}
          </div>
        </div>
      )}
    </div>
  );
}
