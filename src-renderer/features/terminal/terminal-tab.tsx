/** The Terminal tab of a session: its terminals, or the one thing to do where there is none. */
import { useEffect, useRef } from 'react';
import { TabPanel, Tabs } from 'react-aria-components/Tabs';
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import { isEnded, mayStillRun } from '../../../src-shared/domain/session.ts';
import { useApp, useStatus } from '../../app/app-context.tsx';
import { terminalMessages as words } from '../../messages/terminal.ts';
import { Button } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import { Skeleton } from '../../ui/skeleton.tsx';
import { ProblemNotice } from '../problem/problem-notice.tsx';
import { CloseQuestion } from './close-question.tsx';
import { PasteQuestion } from './paste-question.tsx';
import { PlainText } from './plain-text.tsx';
import { SearchBar } from './search-bar.tsx';
import styles from './terminal.module.css';
import { TerminalBar } from './terminal-bar.tsx';
import { readTerminalKey } from './terminal-keys.ts';
import { TerminalPane } from './terminal-pane.tsx';
import { TerminalStrip } from './terminal-strip.tsx';
import { type TerminalViews, terminalViewsOf } from './terminal-views.ts';

/** See the head of the file. */
export function TerminalTab({ profileId, sessionId }: { profileId: string; sessionId: string | null }) {
  const app = useApp();
  const views = terminalViewsOf(app);
  const session = useStatus(({ status }) => {
    const found = status?.sessions.find(({ id }) => id === sessionId);
    return {
      id: found?.id ?? null,
      isReady: found?.status === 'active' && !found.disconnecting,
      isStarting: found?.status === 'connecting',
      isOver: !found || isEnded(found),
      canReattach: found ? mayStillRun(found) : false,
    };
  });
  const terminals = useStatus(
    ({ status }) => status?.terminals.filter((terminal) => terminal.sessionId === sessionId) ?? [],
  );
  const all = Object.values(terminals);
  const [selected, isOpening, problem, moving] = useStore(
    views.ui,
    useShallow((ui) => [
      sessionId === null ? undefined : ui.selected[sessionId],
      sessionId !== null && ui.opening[sessionId] === true,
      sessionId === null ? undefined : ui.problems[sessionId],
      ui.moving,
    ]),
  );
  const current = all.find(({ id }) => id === selected) ?? all.at(-1);
  useFirstTerminal(views, sessionId, session.isReady && !moving, all.length);
  useFocusAfterClick(views, current?.id);

  const onKeyDown = (event: React.KeyboardEvent) => {
    if (sessionId === null || event.defaultPrevented) return;
    // Keys inside of a terminal were read by its view.
    if (event.target instanceof Element && event.target.closest('.xterm')) return;
    const key = readTerminalKey(event, app.bridge.runtime.platform);
    if (key === null || !['new', 'close', 'find', 'plain-text'].includes(key)) return;
    if (key === 'new' && !session.isReady) return;
    if (views.obey(key, current, sessionId)) event.preventDefault();
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of the whole tab; every one has a button too
    <div className={styles.tab} onKeyDown={onKeyDown}>
      {problem && sessionId !== null && (
        <div className={styles.problem}>
          <ProblemNotice problem={problem} onDismiss={() => views.dismissProblem(sessionId)} />
        </div>
      )}
      {current && sessionId !== null ? (
        <Tabs
          className={cx(styles.terminals)}
          selectedKey={current.id}
          onSelectionChange={(id) => views.select(sessionId, String(id))}
        >
          <TerminalBar
            views={views}
            sessionId={sessionId}
            terminals={all}
            current={current}
            canOpen={session.isReady}
          />
          <TabPanel id={current.id} className={cx(styles.place)}>
            <SearchBar views={views} terminalId={current.id} />
            <TerminalPane key={current.id} views={views} terminal={current} />
          </TabPanel>
        </Tabs>
      ) : (
        <div className={styles.place} ref={(element) => views.setPlace(element)}>
          <Empty
            text={emptyText(session)}
            isWaiting={isOpening || session.isStarting || moving}
            action={
              session.isReady
                ? { label: words.open, onPress: () => open(views, sessionId) }
                : session.canReattach && sessionId !== null
                  ? { label: words.reconnect, onPress: () => void app.actions.reattach(sessionId) }
                  : { label: words.connect, onPress: () => void app.actions.connect(profileId) }
            }
          />
        </div>
      )}
      {current && <TerminalStrip views={views} terminal={current} session={session} />}
      <PasteQuestion views={views} />
      <PlainText views={views} terminals={all} />
      <CloseQuestion views={views} terminals={all} />
    </div>
  );
}

function open(views: TerminalViews, sessionId: string | null): void {
  if (sessionId !== null) void views.open(sessionId, { focus: true });
}

function emptyText(session: { id: string | null; isReady: boolean; isStarting: boolean }): string {
  if (session.isStarting) return words.connecting;
  if (session.isReady) return words.empty;
  return session.id === null ? words.noSession : words.sessionEnded;
}

function Empty({
  text,
  isWaiting,
  action,
}: {
  text: string;
  isWaiting: boolean;
  action: { label: string; onPress: () => void };
}) {
  if (isWaiting) {
    return (
      <div className={styles.waiting}>
        <Skeleton label={words.waiting} />
      </div>
    );
  }
  return (
    <div className={styles.empty} data-region="terminal">
      <p>{text}</p>
      <Button look="primary" onPress={action.onPress}>
        {action.label}
      </Button>
    </div>
  );
}

/** Sessions whose first terminal was opened without being asked for; once is enough. */
const openedFirst = new Set<string>();

/** Looking at the tab of a live session without terminals opens the first one. Closing the last one does not. */
function useFirstTerminal(
  views: TerminalViews,
  sessionId: string | null,
  isReady: boolean,
  count: number,
): void {
  useEffect(() => {
    if (sessionId === null || !isReady || openedFirst.has(sessionId)) return;
    openedFirst.add(sessionId);
    if (count === 0)
      void views.open(sessionId, { focus: false }).then(() => focusAfterClick(views, sessionId));
  }, [views, sessionId, isReady, count]);
}

/** Whoever came here by mouse types at once; whoever walks along the tabs by keyboard stays there. */
function useFocusAfterClick(views: TerminalViews, terminalId: string | undefined): void {
  const first = useRef(true);
  useEffect(() => {
    if (!first.current || terminalId === undefined) return;
    first.current = false;
    if (cameByMouse()) views.focusSoon(terminalId);
  }, [views, terminalId]);
}

function focusAfterClick(views: TerminalViews, sessionId: string): void {
  const id = views.ui.getState().selected[sessionId];
  if (id !== undefined && cameByMouse()) views.focusSoon(id);
}

function cameByMouse(): boolean {
  const focused = document.activeElement;
  return focused?.getAttribute('role') === 'tab' && !focused.matches(':focus-visible');
}
