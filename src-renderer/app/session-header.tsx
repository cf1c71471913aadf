/** The head of the main area: what it is about, its state, how isolated it is, the time left, and Connect or Disconnect. */
import { PanelLeft, TriangleAlert } from 'lucide-react';
import { useLayoutEffect, useRef } from 'react';
import { isEnded, mayStillRun } from '../../src-shared/domain/session.ts';
import { Connect } from '../features/session-controls/connect.tsx';
import { Disconnect } from '../features/session-controls/disconnect.tsx';
import { TimeLeft } from '../features/session-controls/time-left.tsx';
import { SessionStatusIndicator } from '../features/session-status/session-status-indicator.tsx';
import { sessionMessages as words } from '../messages/session.ts';
import { shellMessages } from '../messages/shell.ts';
import { IconButton } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import styles from './app.module.css';
import { useApp, useStatus, useUi } from './app-context.tsx';
import { PaletteButton } from './palette-button.tsx';
import { targetOf } from './target.ts';

/** See the head of the file. */
export function SessionHeader() {
  const { actions } = useApp();
  const [selection, sidebarOpen] = useUi((state) => [state.selection, state.sidebarOpen] as const);
  const target = useStatus(({ status }) => {
    const { session, profile } = targetOf(status, selection) ?? {};
    return {
      name: profile?.name ?? session?.profileName ?? '',
      driverType: session?.driverType ?? profile?.driverType,
      profileId: profile?.id ?? null,
      sessionId: session?.id ?? null,
      isLive: session ? !isEnded(session) : false,
      isStarting: session?.status === 'connecting',
      step: session?.step ?? null,
      isolation: session && !isEnded(session) ? session.isolation : null,
      isGone: session ? isEnded(session) && !session.reason.problem && !mayStillRun(session) : false,
      reason: session?.reason.text ?? '',
    };
  });
  const driver = useStatus(
    ({ drivers }) => drivers.find(({ type }) => type === target.driverType)?.label ?? '',
  );
  const { sessionId, profileId } = target;
  const header = useRef<HTMLElement>(null);
  const wasLive = useRef(target.isLive);
  // Disconnect goes with the session, and what was open in it, too: a person who was there by keyboard is not left nowhere.
  useLayoutEffect(() => {
    if (wasLive.current && !target.isLive && document.activeElement === document.body)
      header.current?.focus();
    wasLive.current = target.isLive;
  }, [target.isLive]);
  return (
    <header ref={header} className={styles.header} data-region="header" tabIndex={-1}>
      <IconButton
        label={sidebarOpen ? shellMessages.hideSidebar : shellMessages.showSidebar}
        icon={<PanelLeft size={16} aria-hidden />}
        onPress={() => actions.toggleSidebar()}
      />
      <div className={styles.about}>
        <h1 className={styles.name} title={target.name}>
          <bdi>{target.name}</bdi>
        </h1>
        {driver !== target.name && <span className={styles.driver}>{driver}</span>}
        <SessionStatusIndicator sessionId={sessionId} className={cx(styles.state)} />
        {target.isStarting && target.step !== null && (
          <span className={cx(styles.muted, styles.clip)}>{target.step}</span>
        )}
        {target.isGone && <span className={cx(styles.muted, styles.clip)}>{target.reason}</span>}
        {target.isolation !== null && (
          <span
            className={cx(styles.chip, target.isolation === 'none' && styles.chipWarn)}
            title={words.isolationHelp[target.isolation]}
          >
            {target.isolation === 'none' && <TriangleAlert size={12} aria-hidden />}
            {words.isolation[target.isolation]}
          </span>
        )}
      </div>
      <PaletteButton />
      {sessionId !== null && <TimeLeft sessionId={sessionId} />}
      {target.isLive && sessionId !== null ? (
        <Disconnect sessionId={sessionId} />
      ) : (
        profileId !== null && <Connect profileId={profileId} />
      )}
    </header>
  );
}
