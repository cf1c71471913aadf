/** A session that was lost: the true reason, what is kept, the last that is known, and ways on. */
import { useEffect, useState } from 'react';
import type { MetricsSample } from '../../../src-shared/domain/metrics.ts';
import { mayStillRun } from '../../../src-shared/domain/session.ts';
import { useApp, useRuns, useStatus } from '../../app/app-context.tsx';
import { formatBytes, formatPercent, formatTimeSeconds } from '../../messages/format.ts';
import { sessionNoticeMessages as words } from '../../messages/session-notices.ts';
import { plainText } from '../../stores/output/ansi.ts';
import { executionOf } from '../../stores/runs-store.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { CheckNow, Finding, useCheck } from './check-now.tsx';
import styles from './session-notices.module.css';

/** Lines of the last run that are shown. */
const linesShown = 20;

/** For a session that was active and ended by itself. */
export function DiedCard({ sessionId }: { sessionId: string }) {
  const { actions } = useApp();
  const session = useStatus(({ status }) => status?.sessions.find(({ id }) => id === sessionId) ?? null);
  const canConnect = useStatus(
    ({ status }) => status?.profiles.some(({ id }) => id === session?.profileId) ?? false,
  );
  const canReattach = useStatus(({ drivers }) =>
    (drivers.find(({ type }) => type === session?.driverType)?.capabilities.keep ?? []).some(
      (mode) => mode !== 'end',
    ),
  );
  const last = useLastRun(sessionId);
  const { canCheck, said, ...look } = useCheck(sessionId);
  if (!session) return null;
  const { reason, metadata, profileId } = session;
  const isLeft = mayStillRun(session);
  const reading = readingOf(metadata.lastReading);
  const isPaused = metadata.left === 'pause';
  const isUnknown = metadata.left === 'unknown';
  return (
    <Notice
      level={isLeft ? 'warning' : 'error'}
      title={reason.problem?.message ?? reason.text}
      actions={
        <>
          {isLeft && canReattach && (
            <Button look="primary" onPress={() => void actions.reattach(sessionId)}>
              {isPaused ? words.resume : words.reconnect}
            </Button>
          )}
          {isUnknown && canCheck && <CheckNow {...look} />}
          {canConnect && (
            <Button
              look={isLeft && canReattach ? 'secondary' : 'primary'}
              onPress={() => void actions.connect(profileId)}
            >
              {words.startReplacement}
            </Button>
          )}
          {canConnect && last && last.number !== null && (
            <Button
              onPress={() => {
                const { language, code } = last;
                void actions.connect(profileId, () => void actions.runCode(language, code));
              }}
            >
              {words.runAgainThere(last.number)}
            </Button>
          )}
          <Button onPress={() => actions.showActivity({ scope: 'here' })}>{words.openActivity}</Button>
          {isLeft && <Button onPress={() => actions.endSandbox(sessionId)}>{words.endSandbox}</Button>}
        </>
      }
    >
      {reason.problem?.kept !== undefined && <p>{reason.problem.kept}</p>}
      {isLeft && !isPaused ? (
        <p className={styles.muted}>{words.mayRun}</p>
      ) : (
        reason.problem?.hint !== undefined && <p className={styles.muted}>{reason.problem.hint}</p>
      )}
      {isUnknown && canCheck && <Finding text={said} />}
      {reading && <Reading sample={reading} />}
      {last && last.number !== null && <LastLines runKey={last.key} number={last.number} />}
      {reason.problem?.details !== undefined && (
        <details className={styles.details}>
          <summary>{words.details}</summary>
          <pre className={styles.lines}>{reason.problem.details}</pre>
        </details>
      )}
    </Notice>
  );
}

/** The reading that main kept with the session; null where it kept none. */
function readingOf(value: unknown): MetricsSample | null {
  return typeof value === 'object' && value !== null && 'cpuPercent' in value && 'at' in value
    ? (value as MetricsSample)
    : null;
}

function Reading({ sample }: { sample: MetricsSample }) {
  const { at, cpuPercent, memoryUsed, memoryTotal, diskUsed, diskTotal } = sample;
  const bytes = (value: number | null) => (value === null ? null : formatBytes(value));
  return (
    <p className={styles.facts}>
      <span>{words.lastReadings(formatTimeSeconds(at))}</span>
      {cpuPercent !== null && <span>{words.cpuReading(formatPercent(cpuPercent))}</span>}
      {memoryUsed !== null && <span>{words.memoryReading(formatBytes(memoryUsed), bytes(memoryTotal))}</span>}
      {diskUsed !== null && <span>{words.diskReading(formatBytes(diskUsed), bytes(diskTotal))}</span>}
    </p>
  );
}

/** The latest run of the session that this window knows. */
function useLastRun(sessionId: string) {
  return useRuns(({ bySession, runs }) => {
    const key = bySession[sessionId]?.at(-1);
    return key === undefined ? null : (runs[key] ?? null);
  });
}

function LastLines({ runKey, number }: { runKey: string; number: number }) {
  const { runs, outputs } = useApp();
  const [lines, setLines] = useState<readonly string[] | null>(null);
  useEffect(() => {
    const run = runs.getState().runs[runKey];
    const execution = run && executionOf(run);
    if (!execution) return;
    let isHere = true;
    const show = () => {
      if (isHere) setLines(outputs.get(execution.id).lastLines(linesShown));
    };
    void outputs.load(execution).then(show, show);
    return () => {
      isHere = false;
    };
  }, [runs, outputs, runKey]);
  if (lines === null) return null;
  const text = plainText(lines.join('\n')).trimEnd();
  if (text === '') return <p className={styles.muted}>{words.noLastLines(number)}</p>;
  return (
    <details className={styles.details} open>
      <summary>{words.lastLines(number)}</summary>
      <pre ref={showEnd} className={styles.lines}>
        {text}
      </pre>
    </details>
  );
}

/** What came last is what matters. */
function showEnd(element: HTMLElement | null): void {
  element?.scrollTo({ top: element.scrollHeight });
}
