/** "Connect" of a profile, and what can be done with a sandbox that was left. */
import { useApp, useStatus, useUi } from '../../app/app-context.tsx';
import { sessionMessages as words } from '../../messages/session.ts';
import { sessionNoticeMessages } from '../../messages/session-notices.ts';
import { Button } from '../../ui/button.tsx';

/** Starts a session. */
export function Connect({ profileId }: { profileId: string }) {
  const { actions } = useApp();
  const isConnecting = useUi(({ connecting }) => connecting[profileId] ?? false);
  return (
    <Button isDisabled={isConnecting} onPress={() => void actions.connect(profileId)}>
      {isConnecting ? words.connecting : words.connect}
    </Button>
  );
}

/** A sandbox that was left, that sleeps, or that a crash left: use it again, or end it. */
export function Leftover({ sessionId }: { sessionId: string }) {
  const { actions } = useApp();
  const canKeep = useStatus(({ status, drivers }) => {
    const type = status?.sessions.find(({ id }) => id === sessionId)?.driverType;
    const keep = drivers.find((driver) => driver.type === type)?.capabilities.keep ?? [];
    return keep.some((mode) => mode !== 'end');
  });
  const [isPaused, profileId] = useStatus(({ status }) => {
    const session = status?.sessions.find(({ id }) => id === sessionId);
    return [session?.metadata.left === 'pause', session?.profileId ?? ''] as const;
  });
  const isConnecting = useUi(({ connecting }) => connecting[profileId] ?? false);
  return (
    <>
      {canKeep && (
        <Button isDisabled={isConnecting} onPress={() => void actions.reattach(sessionId)}>
          {isPaused ? words.resume : words.reattach}
        </Button>
      )}
      <Button onPress={() => actions.endSandbox(sessionId)}>{sessionNoticeMessages.endSandbox}</Button>
    </>
  );
}
