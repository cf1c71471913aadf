/** Two runs beside each other: how they ended, their text with the differences marked, their values. */
import { ArrowDown, ArrowLeft, ArrowUp } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { type Problem, toProblem } from '../../../src-shared/contract/errors.ts';
import { isFinal } from '../../../src-shared/domain/execution.ts';
import { useApp, useRuns, useStatus } from '../../app/app-context.tsx';
import { createMerge, type MergeHandle } from '../../languages/merge-editor.ts';
import { activityMessages as words } from '../../messages/activity.ts';
import { formatBytes, formatDay, formatDuration, formatTimeSeconds } from '../../messages/format.ts';
import { runMessages } from '../../messages/run.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Segments } from '../../ui/field.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { useNarrow } from '../../ui/use-narrow.ts';
import { RunGlyph } from '../execution-panel/run-glyph.tsx';
import { RichPart } from '../output/rich-part.tsx';
import { ProblemNotice } from '../problem/problem-notice.tsx';
import styles from './activity.module.css';
import { type ComparedOutput, comparedBytes, readCompared } from './compare-text.ts';
import { stateOf } from './run-row.tsx';

interface Sides {
  left: ComparedOutput;
  right: ComparedOutput;
}

/** `left` and `right` are executions. */
export function CompareView({ left, right, onClose }: { left: string; right: string; onClose: () => void }) {
  const { bridge } = useApp();
  const [sides, setSides] = useState<Sides | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const isNarrow = useNarrow();
  const [chosenLook, setLook] = useState<'split' | 'unified' | null>(null);
  const look = chosenLook ?? (isNarrow ? 'unified' : 'split');
  // A run that ends meanwhile is read again.
  const live = useRuns(({ runs }) =>
    Object.values(runs)
      .filter(({ executionId }) => executionId === left || executionId === right)
      .map(({ state }) => (isFinal(state) ? 'ended' : 'live'))
      .join(),
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: `live` says that there is more to read
  useEffect(() => {
    let isOpen = true;
    Promise.all([readCompared(bridge, left), readCompared(bridge, right)]).then(
      ([a, b]) => isOpen && setSides({ left: a, right: b }),
      (error: unknown) => isOpen && setProblem(toProblem(error)),
    );
    return () => {
      isOpen = false;
    };
  }, [bridge, left, right, live]);
  return (
    <section className={styles.compare} aria-label={words.compareLook} data-region="output" tabIndex={-1}>
      <div className={styles.compareBar}>
        <Button look="quiet" icon={<ArrowLeft size={14} aria-hidden />} onPress={onClose} autoFocus>
          {words.compareBack}
        </Button>
        {sides && (
          <h2 className={styles.compareTitle}>
            {words.compareTitle(sides.left.execution.number, sides.right.execution.number)}
          </h2>
        )}
        <span className={styles.grow} />
        <Segments
          label={words.compareLook}
          hideLabel
          value={look}
          options={[
            { value: 'split' as const, label: words.sideBySide },
            { value: 'unified' as const, label: words.unified },
          ]}
          onChange={setLook}
        />
      </div>
      {problem ? (
        <div className={styles.news}>
          <ProblemNotice problem={problem} />
        </div>
      ) : sides ? (
        <div className={styles.compareBody}>
          <div className={styles.sides}>
            <SideFacts side={sides.left} />
            <SideFacts side={sides.right} />
          </div>
          {sides.left.execution.code !== sides.right.execution.code && (
            <Notice level="info" title={words.codeDiffers} />
          )}
          {(sides.left.isCut || sides.right.isCut) && (
            <Notice level="warning" title={words.compareCut(formatBytes(comparedBytes))} />
          )}
          <Texts sides={sides} look={look} />
          {sides.left.values.length + sides.right.values.length > 0 && (
            <div className={styles.sides}>
              <Values side={sides.left} />
              <Values side={sides.right} />
            </div>
          )}
        </div>
      ) : (
        <Skeleton label={words.comparing} rows={6} />
      )}
    </section>
  );
}

function SideFacts({ side: { execution } }: { side: ComparedOutput }) {
  const { activity } = useApp();
  const item = activity.store.getState().items.find(({ id }) => id === execution.id);
  const session = useStatus(({ status }) => status?.sessions.find(({ id }) => id === execution.sessionId));
  const driverType = session?.driverType ?? item?.driverType;
  const driver = useStatus(({ drivers }) => drivers.find(({ type }) => type === driverType)?.label);
  const name = session?.profileName ?? item?.profileName;
  const { number, state, startedAt, result } = execution;
  return (
    <section className={styles.side} aria-label={words.sideFacts(number)}>
      <p className={styles.sideHead}>
        <RunGlyph state={state} />
        <strong>{runMessages.number(number)}</strong>
        <span className={styles[`state-${state}`]}>
          {stateOf({ state, exitCode: result?.exitCode ?? null })}
        </span>
        {result && <span>{formatDuration(result.durationMs)}</span>}
      </p>
      <p className={styles.muted}>
        {name !== undefined && <bdi>{name}</bdi>}
        {driver !== undefined && driver !== name && ` · ${driver}`}
        {` · ${formatDay(startedAt)}, ${formatTimeSeconds(startedAt)}`}
      </p>
    </section>
  );
}

function Texts({ sides: { left, right }, look }: { sides: Sides; look: 'split' | 'unified' }) {
  const { announcer } = useApp();
  const box = useRef<HTMLDivElement>(null);
  const [merge, setMerge] = useState<MergeHandle | null>(null);
  const isSame = left.text === right.text;
  useEffect(() => {
    if (!box.current) return;
    const handle = createMerge(box.current, {
      left: { text: left.text, label: words.textOf(left.execution.number) },
      right: { text: right.text, label: words.textOf(right.execution.number) },
      look,
    });
    setMerge(handle);
    return () => handle.dispose();
  }, [left, right, look]);
  const count = merge?.count ?? 0;
  const text = isSame ? words.same : words.differences(count);
  useEffect(() => {
    if (merge) announcer.say('compare', text);
  }, [announcer, merge, text]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: F7 works wherever the focus is in here
    <div
      className={styles.texts}
      onKeyDown={(event) => {
        if (event.key !== 'F7' || !merge) return;
        event.preventDefault();
        if (event.shiftKey) merge.previous();
        else merge.next();
      }}
    >
      <div className={styles.textsBar}>
        <span data-differences>{merge ? text : ''}</span>
        <span className={styles.grow} />
        {!isSame && (
          <>
            <IconButton
              label={words.previous}
              icon={<ArrowUp size={16} aria-hidden />}
              onPress={() => merge?.previous()}
            />
            <IconButton
              label={words.next}
              icon={<ArrowDown size={16} aria-hidden />}
              onPress={() => merge?.next()}
            />
          </>
        )}
      </div>
      <div ref={box} className={styles.merge} />
    </div>
  );
}

function Values({ side: { execution, values } }: { side: ComparedOutput }) {
  return (
    <section className={styles.side} aria-label={words.richOf(execution.number)}>
      <h3>{words.richOf(execution.number)}</h3>
      {values.length === 0 && <p className={styles.muted}>{words.noValues}</p>}
      {values.map(({ seq, data }) => (
        <RichPart
          key={seq}
          data={data}
          run={String(execution.number)}
          source={{ executionId: execution.id, seq }}
        />
      ))}
    </section>
  );
}
