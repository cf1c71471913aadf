/** Everything right of the sidebar: header, what is wrong, tabs, and the view of the chosen tab. */
import { PanelRight } from 'lucide-react';
import { isEnded } from '../../src-shared/domain/session.ts';
import { ViewBoundary } from '../features/problem/view-boundary.tsx';
import { SessionNotices } from '../features/session-notices/session-notices.tsx';
import { inspectorMessages } from '../messages/inspector.ts';
import { shellMessages as words } from '../messages/shell.ts';
import { syncTabMessages } from '../messages/sync-tab.ts';
import { mainTabs } from '../stores/ui-store.ts';
import { IconButton } from '../ui/button.tsx';
import { Tabs } from '../ui/tabs.tsx';
import styles from './app.module.css';
import { useApp, useStatus, useUi } from './app-context.tsx';
import { tabEntries } from './main-tabs.tsx';
import { SessionHeader } from './session-header.tsx';
import { targetOf } from './target.ts';

/** See the head of the file. */
export function MainArea() {
  const { actions } = useApp();
  const [selection, tab] = useUi((state) => [state.selection, state.tab] as const);
  const [profileId, sessionId, driverType, live] = useStatus(({ status }) => {
    const { profileId = null, session = null, profile } = targetOf(status, selection) ?? {};
    const driverType = session?.driverType ?? profile?.driverType;
    return [profileId, session?.id ?? null, driverType, session ? !isEnded(session) : false] as const;
  });
  const capabilities = useStatus(
    ({ drivers }) => drivers.find(({ type }) => type === driverType)?.capabilities,
  );
  const offered = tabEntries.filter(
    ({ isOffered }) => !isOffered || (capabilities !== undefined && isOffered(capabilities)),
  );
  const counts = useStatus(({ status }) =>
    tabEntries.map(({ count }) => (status && sessionId !== null ? (count?.(status, sessionId) ?? 0) : 0)),
  );
  const waits = useStatus(({ status }) =>
    tabEntries.map(({ waiting }) => (status && profileId !== null ? (waiting?.(status, profileId) ?? 0) : 0)),
  );
  const tabs = offered.map((entry) => {
    const index = tabEntries.indexOf(entry);
    const waiting = waits[index] ?? 0;
    return {
      ...entry,
      count: counts[index] ?? 0,
      ...(waiting > 0
        ? { mark: syncTabMessages.mark(waiting), markLabel: syncTabMessages.markLabel(waiting) }
        : {}),
    };
  });
  tabs.sort((a, b) => mainTabs.indexOf(a.id) - mainTabs.indexOf(b.id));
  const shown = tabs.find(({ id }) => id === tab) ?? tabs[0];
  return (
    <div className={styles.mainArea}>
      <SessionHeader />
      <main className={styles.main} aria-label={words.main}>
        <SessionNotices profileId={profileId} sessionId={sessionId} />
        {profileId === null ? (
          <p className={styles.muted}>{words.selectSomething}</p>
        ) : (
          <Tabs
            label={words.tabs}
            tabs={tabs}
            selected={shown?.id ?? tab}
            onSelect={(next) => actions.showTab(next)}
            end={sessionId !== null && <InspectorToggle />}
          >
            {shown && (
              <ViewBoundary key={shown.id}>{shown.render({ profileId, sessionId, live })}</ViewBoundary>
            )}
          </Tabs>
        )}
      </main>
    </div>
  );
}

/** Shows and hides the facts of the session. */
function InspectorToggle() {
  const { ui } = useApp();
  const isOpen = useUi(({ inspectorOpen }) => inspectorOpen);
  return (
    <IconButton
      label={isOpen ? inspectorMessages.hide : inspectorMessages.show}
      icon={<PanelRight size={16} aria-hidden />}
      onPress={() => ui.setState({ inspectorOpen: !isOpen })}
    />
  );
}
