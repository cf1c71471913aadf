/** The head of the main area: what it is about, how isolated it is, and Connect or Disconnect. */
import { ChevronDown, PanelLeft, TriangleAlert } from 'lucide-react';
import { isEnded, mayStillRun } from '../../src-shared/domain/session.ts';
import { SessionStatusIndicator } from '../features/session-status/session-status-indicator.tsx';
import { keepWords, sessionMessages as words } from '../messages/session.ts';
import { shellMessages } from '../messages/shell.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { MenuButton } from '../ui/menu.tsx';
import styles from './app.module.css';
import { useApp, useStatus, useUi } from './app-context.tsx';
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
      isEnding: session?.disconnecting ?? false,
      step: session?.step ?? null,
      isolation: session && !isEnded(session) ? session.isolation : null,
      isLeftover: session ? mayStillRun(session) : false,
      isGone: session ? isEnded(session) && !session.reason.problem : false,
      reason: session?.reason.text ?? '',
    };
  });
  const driver = useStatus(
    ({ drivers }) => drivers.find(({ type }) => type === target.driverType)?.label ?? '',
  );
  return (
    <header className={styles.header} data-region="header" tabIndex={-1}>
      <IconButton
        label={sidebarOpen ? shellMessages.hideSidebar : shellMessages.showSidebar}
        icon={<PanelLeft size={16} aria-hidden />}
        onPress={() => actions.toggleSidebar()}
      />
      <div className={styles.about}>
        <h1 className={styles.name} title={target.name}>
          {target.name}
        </h1>
        {driver !== target.name && <span className={styles.driver}>{driver}</span>}
        <SessionStatusIndicator sessionId={target.sessionId} className={cx(styles.state)} />
        {target.isStarting && target.step !== null && <span className={styles.muted}>{target.step}</span>}
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
      {target.isLive && target.sessionId !== null ? (
        <Disconnect
          sessionId={target.sessionId}
          driverType={target.driverType}
          isStarting={target.isStarting}
          isEnding={target.isEnding}
        />
      ) : (
        <>
          {target.isLeftover && target.sessionId !== null && (
            <Leftover sessionId={target.sessionId} driverType={target.driverType} />
          )}
          {target.profileId !== null && <Connect profileId={target.profileId} />}
        </>
      )}
    </header>
  );
}

/** A sandbox that was left, or that a crash left: use it again, or end it. */
function Leftover({ sessionId, driverType }: { sessionId: string; driverType: string | undefined }) {
  const { actions } = useApp();
  const canKeep = useStatus(({ drivers }) =>
    (drivers.find(({ type }) => type === driverType)?.capabilities.keep ?? []).some((mode) => mode !== 'end'),
  );
  return (
    <>
      <Button onPress={() => void actions.endSandbox(sessionId)}>{words.endSandbox}</Button>
      {canKeep && <Button onPress={() => void actions.reattach(sessionId)}>{words.reattach}</Button>}
    </>
  );
}

function Connect({ profileId }: { profileId: string }) {
  const { actions } = useApp();
  const isConnecting = useUi(({ connecting }) => connecting[profileId] ?? false);
  return (
    <Button isDisabled={isConnecting} onPress={() => void actions.connect(profileId)}>
      {isConnecting ? words.connecting : words.connect}
    </Button>
  );
}

function Disconnect({
  sessionId,
  driverType,
  isStarting,
  isEnding,
}: {
  sessionId: string;
  driverType: string | undefined;
  isStarting: boolean;
  isEnding: boolean;
}) {
  const { actions } = useApp();
  const manifest = useStatus(({ drivers }) => drivers.find(({ type }) => type === driverType));
  const isForeign = useStatus(
    ({ status }) => status?.sessions.find(({ id }) => id === sessionId)?.metadata.foreign === true,
  );
  // A sandbox that SpecBoard did not start is left as it is: there is nothing to choose.
  const keep = isForeign ? [] : (manifest?.capabilities.keep ?? []);
  if (isStarting) {
    return <Button onPress={() => void actions.disconnect(sessionId)}>{words.cancelConnect}</Button>;
  }
  if (isEnding) return <Button isDisabled>{words.stopping}</Button>;
  if (keep.length < 2) {
    return <Button onPress={() => void actions.disconnect(sessionId)}>{words.disconnect}</Button>;
  }
  return (
    <MenuButton
      label={words.disconnect}
      trigger={
        <Button>
          {words.disconnect}
          <ChevronDown size={14} aria-hidden className={styles.chevron} />
        </Button>
      }
      entries={keep.map((mode) => ({
        id: mode,
        ...keepWords(manifest, mode),
        danger: mode === 'end',
        onAction: () => void actions.disconnect(sessionId, mode),
      }))}
    />
  );
}
