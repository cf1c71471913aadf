/** Earlier executions of a session (or of all sessions of a profile), read from main on demand; one is open beside the list. */
import { ArrowLeft } from 'lucide-react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { type Problem, toProblem } from '../../../src-shared/contract/errors.ts';
import type { Execution } from '../../../src-shared/domain/execution.ts';
import { useApp, useRuns } from '../../app/app-context.tsx';
import type { Bridge } from '../../bridge/client.ts';
import { formatDuration, formatWhen } from '../../messages/format.ts';
import { runMessages as words } from '../../messages/run.ts';
import { mergeExecutions } from '../../stores/runs-store.ts';
import { Button } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import { ScrollArea } from '../../ui/scroll-area.tsx';
import { ExecutionBlock } from '../execution-panel/execution-block.tsx';
import { RunGlyph } from '../execution-panel/run-glyph.tsx';
import { Viewport } from '../output/viewport.ts';
import { ProblemNotice } from '../problem/problem-notice.tsx';
import styles from './history.module.css';

const pageSize = 100;

/** See the head of the file. */
export function History({ profileId, sessionId }: { profileId: string; sessionId: string | null }) {
  const { bridge, runs } = useApp();
  const [executions, setExecutions] = useState<readonly Execution[] | null>(null);
  const [more, setMore] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [chosen, setChosen] = useState<string | null>(null);
  // The list is read again when a run of this session starts or ends.
  const version = useRuns(({ bySession, runs: all }) =>
    sessionId === null ? '' : (bySession[sessionId] ?? []).map((key) => all[key]?.state).join(),
  );

  const read = useCallback(
    async (before?: number) => {
      try {
        const page = await readPage(bridge, profileId, sessionId, before);
        mergeExecutions(runs, page);
        setExecutions((known) => (before === undefined ? page : [...(known ?? []), ...page]));
        setMore(page.length >= pageSize);
        setProblem(null);
      } catch (error) {
        setProblem(toProblem(error));
      }
    },
    [bridge, runs, profileId, sessionId],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new version means that there is more to read
  useEffect(() => {
    void read();
  }, [read, version]);

  if (problem) {
    return (
      <div className={styles.message}>
        <ProblemNotice problem={problem} />
      </div>
    );
  }
  if (executions === null) return <p className={styles.message}>{words.historyLoading}</p>;
  if (executions.length === 0) return <p className={styles.message}>{words.historyEmpty}</p>;
  return (
    <div className={cx(styles.history, chosen !== null && styles.open)}>
      <section className={styles.list} aria-label={words.historyList} data-region="history" tabIndex={-1}>
        <ul>
          {executions.map((execution) => (
            <HistoryItem
              key={execution.id}
              execution={execution}
              current={execution.id === chosen}
              onOpen={() => setChosen(execution.id)}
            />
          ))}
        </ul>
        {more && (
          <Button look="quiet" onPress={() => void read(executions.at(-1)?.startedAt)}>
            {words.historyMore}
          </Button>
        )}
      </section>
      <section className={styles.detail} aria-label={words.outputRegion} data-region="output" tabIndex={-1}>
        {chosen === null ? (
          <p className={styles.message}>{words.historyPick}</p>
        ) : (
          <>
            <div className={styles.back}>
              <Button look="quiet" icon={<ArrowLeft size={14} aria-hidden />} onPress={() => setChosen(null)}>
                {words.historyBack}
              </Button>
            </div>
            <Detail key={chosen} executionId={chosen} draftKey={profileId} />
          </>
        )}
      </section>
    </div>
  );
}

function HistoryItem({
  execution,
  current,
  onOpen,
}: {
  execution: Execution;
  current: boolean;
  onOpen: () => void;
}) {
  const { number, language, code, state, startedAt, endedAt, result } = execution;
  const duration = result?.durationMs ?? (endedAt === null ? null : endedAt - startedAt);
  const firstLine = code.trimStart().split('\n', 1)[0] ?? '';
  return (
    <li>
      <button
        type="button"
        className={cx(styles.item, current && styles.current)}
        aria-current={current ? 'true' : undefined}
        onClick={onOpen}
      >
        <span className={styles.line}>
          <RunGlyph state={state} />
          <strong>{words.number(number)}</strong>
          <span>{words[language]}</span>
          <span>{words.states[state]}</span>
          <span className={styles.when}>{formatWhen(startedAt, Date.now())}</span>
        </span>
        <span className={styles.line}>
          <code>{firstLine.slice(0, 200)}</code>
          {duration !== null && <span className={styles.when}>{formatDuration(duration)}</span>}
        </span>
      </button>
    </li>
  );
}

function Detail({ executionId, draftKey }: { executionId: string; draftKey: string }) {
  const scroller = useRef<HTMLDivElement>(null);
  const [viewport] = useState(() => new Viewport());
  const key = useRuns(({ runs }) =>
    runs[executionId] ? executionId : Object.values(runs).find((run) => run.executionId === executionId)?.key,
  );
  useEffect(() => {
    const element = scroller.current;
    return element ? viewport.attach(element) : undefined;
  }, [viewport]);
  return (
    <ScrollArea ref={scroller} className={styles.scroller} label={words.outputRegion}>
      <div>
        {key !== undefined && <ExecutionBlock runKey={key} draftKey={draftKey} viewport={viewport} />}
      </div>
    </ScrollArea>
  );
}

async function readPage(
  bridge: Bridge,
  profileId: string,
  sessionId: string | null,
  before: number | undefined,
): Promise<Execution[]> {
  const page = before === undefined ? {} : { before };
  if (sessionId !== null) return bridge.call('executions.list', { sessionId, limit: pageSize, ...page });
  const sessions = await bridge.call('sessions.list', { limit: 500 });
  const own = new Set(sessions.filter((session) => session.profileId === profileId).map(({ id }) => id));
  const all = await bridge.call('executions.list', { limit: 500, ...page });
  return all.filter((execution) => own.has(execution.sessionId)).slice(0, pageSize);
}
