/** The window: sidebar, main area, status bar, the open dialog, and the two live regions. */
import { useEffect } from 'react';
import { useStore } from 'zustand';
import { Sidebar } from '../features/sidebar/sidebar.tsx';
import { StatusBar } from '../features/status-bar/status-bar.tsx';
import { shellMessages as words } from '../messages/shell.ts';
import { cx } from '../ui/cx.ts';
import { Measured } from '../ui/measured.tsx';
import styles from './app.module.css';
import { useApp, useStatus, useUi } from './app-context.tsx';
import { Dialogs } from './dialogs.tsx';
import { listenToKeys } from './keys.ts';
import { MainArea } from './main-area.tsx';
import { targetOf } from './target.ts';

/** See the head of the file. */
export function AppWindow() {
  const app = useApp();
  const isReady = useStatus(({ status }) => status !== null);
  const [sidebarOpen, selection] = useUi((state) => [state.sidebarOpen, state.selection] as const);
  const sessionId = useStatus(({ status }) => targetOf(status, selection)?.session?.id ?? null);
  useEffect(() => listenToKeys(app), [app]);
  useAppearance();
  if (!isReady) return <p className={styles.loading}>{words.loading}</p>;
  return (
    <div className={styles.window}>
      <div className={cx(styles.body, sidebarOpen && styles.withSidebar)}>
        {sidebarOpen && (
          <Measured id="sidebar">
            <Sidebar />
          </Measured>
        )}
        <MainArea />
      </div>
      <StatusBar sessionId={sessionId} />
      <Dialogs />
      <Announcements />
    </div>
  );
}

/** Theme and density as attributes of the document; the tokens do the rest. */
function useAppearance(): void {
  const [theme, density] = useStatus(
    ({ status }) => [status?.settings.theme, status?.settings.density] as const,
  );
  useEffect(() => {
    const { dataset } = document.documentElement;
    if (theme === 'light' || theme === 'dark') dataset.theme = theme;
    else delete dataset.theme;
    dataset.density = density ?? 'default';
  }, [theme, density]);
}

function Announcements() {
  const { polite, assertive } = useStore(useApp().announcer.store);
  return (
    <>
      <div className={styles.hidden} role="status" aria-live="polite" data-announcer>
        {polite}
      </div>
      <div className={styles.hidden} role="alert" aria-live="assertive">
        {assertive}
      </div>
    </>
  );
}
