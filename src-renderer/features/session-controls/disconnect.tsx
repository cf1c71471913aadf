/** "Disconnect": the plain button does what the profile says, the menu beside it offers the other ends in plain words. */
import { ChevronDown } from 'lucide-react';
import { useApp, useStatus } from '../../app/app-context.tsx';
import { keepWords, sessionMessages as words } from '../../messages/session.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import { MenuButton } from '../../ui/menu.tsx';
import { useSessionView } from '../session-status/use-session-view.ts';
import styles from './session-controls.module.css';

/** For a session that lives. */
export function Disconnect({ sessionId }: { sessionId: string }) {
  const { actions } = useApp();
  const { driverType, isStarting, isEnding, isForeign, usual } = useStatus(({ status }) => {
    const session = status?.sessions.find(({ id }) => id === sessionId);
    return {
      driverType: session?.driverType,
      isStarting: session?.status === 'connecting',
      isEnding: session?.disconnecting ?? false,
      isForeign: session?.metadata.foreign === true,
      usual: session?.keep ?? null,
    };
  });
  const manifest = useStatus(({ drivers }) => drivers.find(({ type }) => type === driverType));
  const isStuck = useSessionView(sessionId).kind === 'stuck';
  const leave = () => void actions.disconnect(sessionId);
  if (isEnding && isStuck)
    return <Button onPress={() => actions.sessions.askForceRemove(sessionId)}>{words.forceRemove}</Button>;
  if (isEnding) return <Button isDisabled>{words.stopping}</Button>;
  if (isStarting) return <Button onPress={leave}>{words.cancelConnect}</Button>;
  // A sandbox that SpecBoard did not start is left as it is: there is nothing to choose.
  const keep = isForeign ? [] : (manifest?.capabilities.keep ?? []);
  if (keep.length < 2 || usual === null) return <Button onPress={leave}>{words.disconnect}</Button>;
  const { label, help } = keepWords(manifest, usual);
  return (
    <span className={styles.split}>
      <Button className={cx(styles.first)} tooltip={words.disconnectHelp(label, help)} onPress={leave}>
        {words.disconnect}
      </Button>
      <MenuButton
        label={words.disconnectOptions}
        trigger={
          <IconButton
            look="secondary"
            className={cx(styles.second)}
            label={words.disconnectOptions}
            icon={<ChevronDown size={14} aria-hidden />}
          />
        }
        entries={keep.map((mode) => {
          const text = keepWords(manifest, mode);
          return {
            id: mode,
            ...text,
            label: mode === usual ? words.keepDefault(text.label) : text.label,
            danger: mode === 'end',
            onAction: () => void actions.disconnect(sessionId, mode),
          };
        })}
      />
    </span>
  );
}
