/** How long the sandbox lives on, and more of it. Warns five minutes and one minute before the end, by look and by voice. */
import { ChevronDown, Hourglass } from 'lucide-react';
import { useEffect } from 'react';
import { endingNowMs, endingSoonMs } from '../../../src-shared/domain/session-view.ts';
import { useApp, useStatus } from '../../app/app-context.tsx';
import { formatClockDuration, formatTime } from '../../messages/format.ts';
import { sessionMessages as words } from '../../messages/session.ts';
import { Button } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import { MenuButton } from '../../ui/menu.tsx';
import { useNow, useReached } from '../../ui/use-now.ts';
import styles from './session-controls.module.css';

/** Minutes that can be added. */
const choices = [15, 30, 60, 120] as const;

/** Draws nothing for a session without an end. */
export function TimeLeft({ sessionId }: { sessionId: string }) {
  const { actions, announcer } = useApp();
  const { endsAt, isActive, name, type } = useStatus(({ status }) => {
    const session = status?.sessions.find(({ id }) => id === sessionId);
    return {
      endsAt: session?.endsAt ?? null,
      isActive: session?.status === 'active' && !session.disconnecting,
      name: session?.profileName ?? '',
      type: session?.driverType,
    };
  });
  const canExtend = useStatus(({ drivers }) =>
    drivers.some((driver) => driver.type === type && driver.capabilities.extend),
  );
  const soon = useReached(isActive && endsAt !== null ? endsAt - endingSoonMs : null);
  const now = useReached(isActive && endsAt !== null ? endsAt - endingNowMs : null);
  useEffect(() => {
    if (now) announcer.interrupt(words.announceEndsIn(name, 1));
    else if (soon) announcer.say('time-left', words.announceEndsIn(name, 5));
  }, [announcer, name, soon, now]);
  if (endsAt === null || !isActive) return null;
  return (
    <>
      <span
        className={cx(styles.time, soon && styles.soon, now && styles.now)}
        title={words.timeLeftHelp(formatTime(endsAt))}
      >
        <Hourglass size={14} aria-hidden className={styles.glass} />
        <Left endsAt={endsAt} />
      </span>
      {canExtend && (
        <MenuButton
          label={words.extendMenu}
          trigger={
            <Button look={soon ? 'secondary' : 'quiet'}>
              {words.extend}
              <ChevronDown size={14} aria-hidden className={styles.chevron} />
            </Button>
          }
          entries={choices.map((minutes) => ({
            id: String(minutes),
            label: words.extendBy(minutes),
            onAction: () => void actions.sessions.extend(sessionId, minutes),
          }))}
        />
      )}
    </>
  );
}

function Left({ endsAt }: { endsAt: number }) {
  return words.timeLeft(formatClockDuration(endsAt - useNow(1000)));
}
