/** Uploads and downloads of this session, below tree and preview: a row each. Absent where there are none. */
import { ArrowDownToLine, ArrowUpFromLine, CircleCheck, CircleX, RotateCcw, X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { ProgressBar } from 'react-aria-components/ProgressBar';
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import { useApp } from '../../app/app-context.tsx';
import { filesMessages as words } from '../../messages/files.ts';
import { formatBytes } from '../../messages/format.ts';
import type { Transfer } from '../../stores/files/transfers.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import { FileName } from './file-name.tsx';
import styles from './files.module.css';
import { useFilesContext } from './files-context.ts';
import { visibleName, visiblePath } from './visible-name.ts';

/** See the head of the file. */
export function TransfersPanel() {
  const { registry, sessionId } = useFilesContext();
  const { transfers } = registry;
  const list = useStore(
    transfers.store,
    useShallow((state) => state.list.filter((transfer) => transfer.sessionId === sessionId)),
  );
  useAnnounced(list);
  if (list.length === 0) return null;
  const running = list.filter(({ state }) => state === 'running' || state === 'waiting').length;
  return (
    <section className={styles.transfers} aria-label={words.transfers} data-region="transfers" tabIndex={-1}>
      <div className={styles.transfersHead}>
        <h2>{running > 0 ? words.transfersRunning(running) : words.transfers}</h2>
        {running < list.length && (
          <Button look="quiet" onPress={() => transfers.clear({ sessionId })}>
            {words.clearTransfers}
          </Button>
        )}
      </div>
      <ul className={styles.transferList}>
        {list.map((transfer) => (
          <TransferRow key={transfer.id} transfer={transfer} />
        ))}
      </ul>
    </section>
  );
}

function TransferRow({ transfer }: { transfer: Transfer }) {
  const { transfers } = useFilesContext().registry;
  const { id, kind, state, bytes, total, problem, end } = transfer;
  const name = nameOfTransfer(transfer);
  const Icon = kind === 'upload' ? ArrowUpFromLine : ArrowDownToLine;
  const isOn = state === 'running' || state === 'waiting';
  return (
    <li className={cx(styles.transfer, styles[state])}>
      {state === 'done' ? (
        <CircleCheck size={16} aria-hidden className={styles.doneIcon} />
      ) : state === 'failed' ? (
        <CircleX size={16} aria-hidden className={styles.failedIcon} />
      ) : (
        <Icon size={16} aria-hidden className={styles.icon} />
      )}
      <span className={styles.transferName}>
        <FileName name={transfer.name} />
        {transfer.count > 1 && ` ${words.plusMore(transfer.count - 1)}`}
      </span>
      <span className={styles.transferState}>{stateText(transfer)}</span>
      <span className={styles.transferButtons}>
        {isOn ? (
          <IconButton
            label={words.cancelTransfer(name)}
            icon={<X size={16} aria-hidden />}
            onPress={() => transfers.cancel(id)}
          />
        ) : (
          <>
            {state !== 'done' && (
              <IconButton
                label={words.retryTransfer(name)}
                icon={<RotateCcw size={16} aria-hidden />}
                onPress={() => transfers.retry(id)}
              />
            )}
            <IconButton
              label={words.dismissTransfer(name)}
              icon={<X size={16} aria-hidden />}
              onPress={() => transfers.clear({ id })}
            />
          </>
        )}
      </span>
      {state === 'running' && (
        <ProgressBar
          aria-label={kind === 'upload' ? words.uploading(name) : words.downloading(name)}
          className={cx(styles.progress)}
          isIndeterminate={total === null || total === 0}
          value={bytes}
          maxValue={Math.max(total ?? 1, 1)}
        >
          {({ percentage }) => (
            <span
              className={cx(styles.progressFill, percentage === undefined && styles.unknown)}
              style={{ width: `${percentage ?? 100}%` }}
            />
          )}
        </ProgressBar>
      )}
      {problem?.kept !== undefined && <p className={styles.transferNote}>{problem.kept}</p>}
      {problem?.hint !== undefined && <p className={styles.transferNote}>{problem.hint}</p>}
      {end && end.leftOut.length > 0 && (
        <details className={styles.transferNote}>
          <summary>{words.transferLeftOut(end.leftOut.length + end.leftOutMore)}</summary>
          <ul>
            {end.leftOut.map(({ path, reason }) => (
              <li key={path}>
                {visiblePath(path)}: {reason}
              </li>
            ))}
          </ul>
        </details>
      )}
    </li>
  );
}

function nameOfTransfer({ name, count }: Transfer): string {
  const shown = visibleName(name);
  return count > 1 ? words.andMore(shown, count - 1) : shown;
}

function stateText({ kind, state, bytes, total, speed, problem, end }: Transfer): string {
  switch (state) {
    case 'waiting':
      return words.transferWaiting;
    case 'running':
      if (kind === 'download' && bytes === 0 && total === null) return words.transferAsking;
      return words.transferRunning(
        formatBytes(bytes),
        total === null ? null : formatBytes(total),
        speed === null ? null : formatBytes(speed),
      );
    case 'cancelled':
      return words.transferCancelled;
    case 'failed':
      return problem?.message ?? '';
    case 'done': {
      if (!end) return '';
      return words.transferDone(formatBytes(end.bytes), visiblePath(end.place), end.skipped);
    }
  }
}

/** Tells a screen reader what ended; what was cancelled the person knows. */
function useAnnounced(list: readonly Transfer[]): void {
  const { announcer } = useApp();
  const before = useRef<ReadonlyMap<string, Transfer['state']>>(new Map());
  useEffect(() => {
    for (const transfer of list) {
      const old = before.current.get(transfer.id);
      if (old === undefined || old === transfer.state) continue;
      const name = nameOfTransfer(transfer);
      if (transfer.state === 'done') announcer.say(transfer.id, words.announceDone(name));
      if (transfer.state === 'failed') {
        announcer.say(transfer.id, words.announceFailed(name, transfer.problem?.message ?? ''));
      }
    }
    before.current = new Map(list.map(({ id, state }) => [id, state]));
  }, [list, announcer]);
}
