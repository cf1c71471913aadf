/** The window: sidebar, main area, inspector, status bar, the open dialog, and the two live regions. */
import { type ReactNode, Suspense, useEffect, useRef } from 'react';
import { useStore } from 'zustand';
import { ViewBoundary } from '../features/problem/view-boundary.tsx';
import { SidebarRail } from '../features/sidebar/sidebar-rail.tsx';
import { StatusBar } from '../features/status-bar/status-bar.tsx';
import { inspectorMessages } from '../messages/inspector.ts';
import { shellMessages as words } from '../messages/shell.ts';
import { sidebarMessages } from '../messages/sidebar.ts';
import { lazyPart } from '../ui/lazy-part.tsx';
import { Measured } from '../ui/measured.tsx';
import styles from './app.module.css';
import { useApp, useStatus, useUi } from './app-context.tsx';
import { Dialogs } from './dialogs.tsx';
import { KeptResizable } from './kept-resizable.tsx';
import { listenToKeys } from './keys.ts';
import { MainArea } from './main-area.tsx';
import { closeOver } from './remember-layout.ts';
import { targetOf } from './target.ts';
import { useAppearance } from './use-appearance.ts';

// Asked for at once, but nothing waits for it: the tree's library is a fifth of what the window would start with.
let sidebar: Promise<typeof import('../features/sidebar/sidebar.tsx')> | null = import(
  '../features/sidebar/sidebar.tsx'
);
const Sidebar = lazyPart(async () => {
  const first = sidebar ?? import('../features/sidebar/sidebar.tsx');
  sidebar = null;
  return (await first).Sidebar;
});
const Inspector = lazyPart(async () => (await import('../features/inspector/inspector.tsx')).Inspector);

/** See the head of the file. */
export function AppWindow() {
  const app = useApp();
  const isReady = useStatus(({ status }) => status !== null);
  const selection = useUi((state) => state.selection);
  const sessionId = useStatus(({ status }) => targetOf(status, selection)?.session?.id ?? null);
  useEffect(() => listenToKeys(app), [app]);
  useAppearance();
  if (!isReady) return <p className={styles.loading}>{words.loading}</p>;
  return (
    <div className={styles.window}>
      <Body sessionId={sessionId} />
      <StatusBar sessionId={sessionId} />
      <Dialogs />
      <Announcements />
    </div>
  );
}

/** What is beside the main area: in panels that can be dragged, or over it where the window is narrow. */
function Body({ sessionId }: { sessionId: string | null }) {
  const [sidebarOpen, inspectorOpen, isNarrow] = useUi(
    (state) => [state.sidebarOpen, state.inspectorOpen && sessionId !== null, state.isNarrow] as const,
  );
  return (
    <div className={styles.body}>
      {(isNarrow || !sidebarOpen) && (
        <Measured id="sidebar">
          <SidebarRail />
        </Measured>
      )}
      <div className={styles.panels}>
        {sidebarOpen && !isNarrow && (
          <KeptResizable
            axis="x"
            edge="end"
            label={sidebarMessages.resize}
            unit="px"
            name="sidebar"
            usual={248}
            min={180}
            max={420}
            rest={320}
          >
            <Measured id="sidebar">
              <ViewBoundary>
                <Suspense>
                  <Sidebar />
                </Suspense>
              </ViewBoundary>
            </Measured>
          </KeptResizable>
        )}
        <div className={styles.mainPanel}>
          <MainArea />
        </div>
        {inspectorOpen && !isNarrow && sessionId !== null && (
          <KeptResizable
            axis="x"
            edge="start"
            label={inspectorMessages.resize}
            unit="px"
            name="inspector"
            usual={280}
            min={200}
            max={480}
            rest={320}
          >
            <ViewBoundary>
              <Suspense>
                <Inspector sessionId={sessionId} />
              </Suspense>
            </ViewBoundary>
          </KeptResizable>
        )}
      </div>
      {isNarrow && sidebarOpen && (
        <Over side="start">
          <Measured id="sidebar">
            <ViewBoundary>
              <Suspense>
                <Sidebar />
              </Suspense>
            </ViewBoundary>
          </Measured>
        </Over>
      )}
      {isNarrow && inspectorOpen && sessionId !== null && (
        <Over side="end">
          <ViewBoundary>
            <Suspense>
              <Inspector sessionId={sessionId} />
            </Suspense>
          </ViewBoundary>
        </Over>
      )}
    </div>
  );
}

/** Something over the main area of a narrow window: Escape and a press beside it take it away; the focus goes in. */
function Over({ side, children }: { side: 'start' | 'end'; children: ReactNode }) {
  const { ui } = useApp();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const opener = document.activeElement;
    (box.current?.querySelector<HTMLElement>('[data-region]') ?? box.current)?.focus();
    return () => {
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  return (
    <>
      <div className={styles.beside} aria-hidden="true" onPointerDown={() => closeOver(ui)} />
      {/* biome-ignore lint/a11y/noStaticElementInteractions: Escape for everything inside */}
      <div
        ref={box}
        tabIndex={-1}
        className={side === 'start' ? styles.overStart : styles.overEnd}
        onKeyDown={(event) => {
          if (event.key === 'Escape' && !event.defaultPrevented) closeOver(ui);
        }}
      >
        {children}
      </div>
    </>
  );
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
