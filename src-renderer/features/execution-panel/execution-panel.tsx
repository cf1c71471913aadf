/** The Run view of a session or a profile: editor above, executions below, newest last. */
import { ArrowDown } from 'lucide-react';
import {
  type FocusEvent,
  type KeyboardEvent,
  memo,
  Suspense,
  useEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import { isFinal } from '../../../src-shared/domain/execution.ts';
import type { SessionStatus } from '../../../src-shared/domain/session.ts';
import { useApp, useRuns, useStatus, useUi } from '../../app/app-context.tsx';
import { KeptResizable } from '../../app/kept-resizable.tsx';
import { runMessages as words } from '../../messages/run.ts';
import { Button } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import { lazyPart } from '../../ui/lazy-part.tsx';
import { Measured } from '../../ui/measured.tsx';
import { ScrollArea } from '../../ui/scroll-area.tsx';
import { FirstRun } from '../first-run/first-run.tsx';
import { Viewport } from '../output/viewport.ts';
import { ViewBoundary } from '../problem/view-boundary.tsx';
import { Questions } from '../questions/questions.tsx';
import { EditorBar } from './editor-bar.tsx';
import styles from './execution-panel.module.css';

/** Loaded while nothing has been run yet: the window is there before it, and it is there before the first run. */
const loadBlock = async () => (await import('./execution-block.tsx')).ExecutionBlock;
const ExecutionBlock = lazyPart(loadBlock);
const CodeEditor = lazyPart(async () => (await import('./code-editor.tsx')).CodeEditor);

/** See the head of the file. `sessionId` is set where there is a session, alive or ended. */
export function ExecutionPanel({
  profileId,
  sessionId,
  live,
}: {
  profileId: string;
  sessionId: string | null;
  live: boolean;
}) {
  return (
    <div className={styles.panel}>
      <KeptResizable
        axis="y"
        edge="end"
        label={words.editorHeight}
        unit="%"
        name="editor"
        usual={36}
        min={112}
        rest={120}
        className={styles.panelPart}
      >
        <Measured id="editor">
          <Editor draftKey={profileId} sessionId={live ? sessionId : null} />
        </Measured>
      </KeptResizable>
      <div className={cx(styles.panelPart, styles.blocksPanel)}>
        <Measured id="output">
          <Blocks key={sessionId ?? profileId} profileId={profileId} sessionId={sessionId} />
        </Measured>
      </div>
    </div>
  );
}

/** Bar and editor. Renders for a change of draft or language only. */
export const Editor = memo(function Editor({
  draftKey,
  sessionId,
}: {
  draftKey: string;
  sessionId: string | null;
}) {
  const { drafts } = useApp();
  const language = useSyncExternalStore(drafts.subscribe, () => drafts.get(draftKey).language);
  return (
    <section className={styles.editorPart} aria-label={words.editorRegion} data-region="editor" tabIndex={-1}>
      <EditorBar draftKey={draftKey} language={language} sessionId={sessionId} />
      <ViewBoundary>
        <Suspense fallback={<pre className={styles.fallback}>{drafts.get(draftKey).code[language]}</pre>}>
          <CodeEditor draftKey={draftKey} language={language} />
        </Suspense>
      </ViewBoundary>
    </section>
  );
});

function Blocks({ profileId, sessionId }: { profileId: string; sessionId: string | null }) {
  const [viewport] = useState(() => new Viewport());
  const [focused, setFocused] = useState<string | null>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const onFocus = (event: FocusEvent<HTMLElement>) => {
    const block = event.target.closest<HTMLElement>('[data-block]');
    if (block) setFocused(block.dataset.block ?? null);
  };
  useEffect(() => {
    const element = scroller.current;
    return element ? viewport.attach(element) : undefined;
  }, [viewport]);
  return (
    <section className={styles.blocksPart} aria-label={words.outputRegion} data-region="output" tabIndex={-1}>
      {sessionId !== null && (
        <div className={styles.questions}>
          <Questions sessionId={sessionId} />
        </div>
      )}
      <ScrollArea ref={scroller} className={styles.scroller} label={words.outputRegion}>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: the blocks in it are focused, this hears their keys */}
        <div className={styles.blocks} onKeyDown={moveBetweenBlocks} onFocus={onFocus}>
          <BlockList profileId={profileId} sessionId={sessionId} viewport={viewport} focused={focused} />
        </div>
      </ScrollArea>
      <ToEnd viewport={viewport} sessionId={sessionId} />
    </section>
  );
}

function BlockList({
  profileId,
  sessionId,
  viewport,
  focused,
}: {
  profileId: string;
  sessionId: string | null;
  viewport: Viewport;
  /** The block that had the focus last. */
  focused: string | null;
}) {
  const keys = useRuns(({ bySession }) => (sessionId === null ? undefined : bySession[sessionId]));
  const cleared = useUi((state) => (sessionId === null ? undefined : state.cleared[sessionId]));
  const state = useStatus(({ status }) => status?.sessions.find(({ id }) => id === sessionId)?.status);
  const shown = (keys ?? []).filter((key) => !cleared?.has(key));
  const last = keys?.at(-1);
  useEffect(() => void loadBlock().catch(() => {}), []);
  useEffect(() => {
    // A new run is what the person wants to see.
    if (last !== undefined) viewport.toEnd();
  }, [last, viewport]);
  if (shown.length === 0) {
    if (sessionId === null) return <FirstRun profileId={profileId} />;
    return <p className={styles.empty}>{keys?.length ? words.cleared : emptyText(state)}</p>;
  }
  const stop = shown.includes(focused ?? '') ? focused : shown.at(-1);
  return (
    <Suspense>
      {shown.map((key) => (
        <ViewBoundary key={key}>
          <ExecutionBlock runKey={key} draftKey={profileId} viewport={viewport} isTabStop={key === stop} />
        </ViewBoundary>
      ))}
    </Suspense>
  );
}

/** Arrow keys go from block to block while one of them (and nothing in it) has the focus. */
function moveBetweenBlocks(event: KeyboardEvent<HTMLElement>): void {
  const target = event.target as HTMLElement;
  if (target.dataset.block === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  const blocks = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-block]')];
  const at = blocks.indexOf(target);
  const next =
    event.key === 'ArrowDown'
      ? blocks[at + 1]
      : event.key === 'ArrowUp'
        ? blocks[at - 1]
        : event.key === 'Home'
          ? blocks[0]
          : event.key === 'End'
            ? blocks.at(-1)
            : undefined;
  if (!next) return;
  event.preventDefault();
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: 'nearest' });
}

function emptyText(state: SessionStatus | undefined): string {
  if (state === 'connecting') return words.emptyConnecting;
  return state === 'active' ? words.emptyReady : words.emptyEnded;
}

/** Where the view is: a way to the end, or that it goes along with what comes. */
function ToEnd({ viewport, sessionId }: { viewport: Viewport; sessionId: string | null }) {
  const following = useSyncExternalStore(viewport.subscribeFollowing, viewport.following);
  const isLive = useRuns(({ bySession, runs }) =>
    (bySession[sessionId ?? ''] ?? []).some((key) => !isFinal(runs[key]?.state ?? 'lost')),
  );
  if (following) {
    if (!isLive) return null;
    return (
      <p className={cx(styles.toEnd, styles.following)}>
        <ArrowDown size={14} aria-hidden />
        {words.following}
      </p>
    );
  }
  return (
    <Button
      className={styles.toEnd ?? ''}
      icon={<ArrowDown size={14} aria-hidden />}
      onPress={() => viewport.toEnd()}
    >
      {words.toEnd}
    </Button>
  );
}
