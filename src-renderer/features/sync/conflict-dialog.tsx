/**
 * Conflicts of a pair, one after the other: both copies compared, the choices in plain words, and what becomes of the copy that is
 * not used. Nothing that loses a copy is ever chosen for the person.
 */
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useCallback, useEffect, useEffectEvent, useRef, useState } from 'react';
import { type Problem, toProblem } from '../../../src-shared/contract/errors.ts';
import type { SyncChoice, SyncConflict, SyncConflictContent } from '../../../src-shared/domain/sync.ts';
import { useApp } from '../../app/app-context.tsx';
import { conflictMessages as words } from '../../messages/sync-conflict.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Toggle } from '../../ui/field.tsx';
import { Notice } from '../../ui/notice.tsx';
import { RadioRows } from '../../ui/radio-rows.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { visiblePath } from '../files/visible-name.ts';
import { ProblemNotice } from '../problem/problem-notice.tsx';
import styles from './conflict.module.css';
import { ConflictCompare, forgetTyped } from './conflict-compare.tsx';
import { hasText, inBatches, offeredChoices, othersFor, safeChoice } from './conflict-model.ts';
import { useRoot } from './use-root.ts';

/** `conflictId` is shown first; without it, the first of the pair. */
export function ConflictDialog({
  rootId,
  conflictId,
  onClose,
}: {
  rootId: string;
  conflictId: string | undefined;
  onClose: () => void;
}) {
  const { bridge, announcer } = useApp();
  const root = useRoot(rootId);
  // A cycle may find others, or the same ones as nobody has seen them: those have new ids.
  const version = `${root?.conflicts} ${root?.lastSyncedAt}`;
  const [all, setAll] = useState<readonly SyncConflict[] | null>(null);
  const [shown, setShown] = useState<Partial<Pick<SyncConflict, 'id' | 'path'>> | undefined>(
    conflictId === undefined ? undefined : { id: conflictId },
  );
  const [problem, setProblem] = useState<Problem | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another version is another list
  useEffect(() => {
    let isOpen = true;
    bridge.call('sync.conflicts', { rootId }).then(
      (next) => isOpen && setAll(next),
      (error: unknown) => isOpen && setProblem(toProblem(error)),
    );
    return () => {
      isOpen = false;
    };
  }, [bridge, rootId, version]);
  const go = (step: number) => {
    if (!all) return;
    setShown(all[(index + step + all.length) % all.length]);
  };
  const walk = useEffectEvent((event: KeyboardEvent) => {
    if (event.key !== 'F8') return;
    event.preventDefault();
    go(event.shiftKey ? -1 : 1);
  });
  useEffect(() => {
    // Its own key, which the window does not hear while a dialog is open.
    window.addEventListener('keydown', walk);
    return () => window.removeEventListener('keydown', walk);
  }, []);
  const index = Math.max(
    0,
    all?.findIndex(({ id }) => id === shown?.id) ?? 0,
    all?.findIndex(({ path }) => path === shown?.path) ?? 0,
  );
  const conflict = all?.[index];
  if (!conflict) {
    return (
      <Dialog title={words.none} closeLabel={words.close} onClose={onClose}>
        {problem ? <ProblemNotice problem={problem} /> : all === null && <Skeleton label={words.loading} />}
      </Dialog>
    );
  }
  return (
    <OneConflict
      key={conflict.path}
      conflict={conflict}
      all={all}
      index={index}
      onGo={go}
      onClose={onClose}
      onChanged={async () => {
        const next = await bridge.call('sync.conflicts', { rootId });
        setShown(conflict);
        setAll(next);
        return next.some(({ id }) => id === conflict.id);
      }}
      onApplied={(ids) => {
        const left = all.filter(({ id }) => !ids.includes(id));
        announcer.say('sync-decided', left.length === 0 ? words.allDecided : words.applied(ids.length));
        if (left.length === 0) onClose();
        else {
          setAll(left);
          setShown(left[Math.min(index, left.length - 1)]);
        }
      }}
    />
  );
}

function OneConflict({
  conflict,
  all,
  index,
  onGo,
  onClose,
  onChanged,
  onApplied,
}: {
  conflict: SyncConflict;
  all: readonly SyncConflict[];
  index: number;
  onGo: (step: number) => void;
  onClose: () => void;
  /** It is not any more as the list has it, which is read again. True: it has this one still. */
  onChanged: () => Promise<boolean>;
  onApplied: (ids: readonly string[]) => void;
}) {
  const { bridge } = useApp();
  const { id, path } = conflict;
  const [seen, setSeen] = useState<SyncConflictContent | null>(null);
  const content = seen?.conflict.id === id ? seen : null;
  const [choice, setChoice] = useState<SyncChoice | null>(() => safeChoice(conflict));
  const [forOthers, setForOthers] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [changed, setChanged] = useState(false);
  const [busy, setBusy] = useState(false);
  const merged = useRef<string | null>(null);
  const read = useCallback(async () => {
    try {
      setSeen(await bridge.call('sync.conflict', { conflictId: id }));
      setProblem(null);
    } catch (error) {
      setProblem(toProblem(error));
    }
  }, [bridge, id]);
  useEffect(() => void read(), [read]);
  const now = content?.conflict ?? conflict;
  const choices = offeredChoices(now, content);
  const others = choice === null ? [] : othersFor(choice, now, all);
  const apply = async () => {
    if (choice === null || (choice === 'merged' && merged.current === null)) return;
    const ids = [id, ...(forOthers ? others : [])];
    setBusy(true);
    setProblem(null);
    setChanged(false);
    try {
      const text = choice === 'merged' ? { text: merged.current ?? '' } : {};
      for (const conflictIds of inBatches(ids))
        await bridge.call('sync.resolve', { conflictIds, choice, ...text });
      for (const one of ids) forgetTyped(one);
      onApplied(ids);
    } catch (error) {
      const what = toProblem(error);
      if (what.code === 'conflict') {
        // The choice was made about other copies: it is made again.
        setChanged(true);
        setChoice(null);
        if (await onChanged().catch(() => true)) await read();
      } else setProblem(what);
      setBusy(false);
    }
  };
  const labels = words.choices(now);
  return (
    <Dialog
      size={hasText(now, content) ? 'large' : 'medium'}
      title={words.title(index + 1, all.length, visiblePath(path))}
      closeLabel={words.close}
      onClose={onClose}
      footer={
        <div className={styles.foot}>
          <Button onPress={onClose}>{words.later}</Button>
          <span className={styles.grow} />
          {all.length > 1 && (
            <>
              <Button
                look="quiet"
                aria-label={words.previous}
                icon={<ChevronLeft size={16} aria-hidden />}
                onPress={() => onGo(-1)}
              >
                {words.previousShort}
              </Button>
              <Button
                look="quiet"
                aria-label={words.next}
                icon={<ChevronRight size={16} aria-hidden />}
                onPress={() => onGo(1)}
              >
                {words.nextShort}
              </Button>
            </>
          )}
          <Button look="primary" isDisabled={choice === null || busy} onPress={() => void apply()}>
            {busy ? words.applying : words.apply}
          </Button>
        </div>
      }
    >
      <div className={styles.conflict}>
        <p>{words.what(now)}</p>
        {changed && (
          <div role="alert">
            <Notice level="warning" title={words.changed} />
          </div>
        )}
        {problem && <ProblemNotice problem={problem} />}
        {now.others.length > 0 && (
          <div>
            <p className={styles.muted}>{words.others}</p>
            <ul className={styles.others}>
              {[path, ...now.others].map((name) => (
                <li key={name}>
                  <bdi>{visiblePath(name)}</bdi>
                </li>
              ))}
            </ul>
          </div>
        )}
        <ConflictCompare
          conflict={now}
          content={content}
          isMerging={choice === 'merged'}
          onMerged={(text) => {
            merged.current = text;
          }}
        />
        <RadioRows
          inline
          label={words.choose}
          value={choice}
          options={choices.map((value) => ({ value, label: <bdi>{labels[value]}</bdi> }))}
          onChange={setChoice}
        />
        <div className={styles.rest}>
          {others.length > 0 && (
            <Toggle label={words.sameForOthers(others.length)} checked={forOthers} onChange={setForOthers} />
          )}
          <p className={styles.muted}>{choice === 'both' ? words.unusedNone : words.unused}</p>
        </div>
      </div>
    </Dialog>
  );
}
