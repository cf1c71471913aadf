/** Deleting old history: how old, how much that would be, a question, and what was deleted. */
import { useEffect, useState } from 'react';
import type { OperationOutput } from '../../../src-shared/contract/operations.ts';
import { useApp } from '../../app/app-context.tsx';
import { forgetRuns } from '../../app/forget-runs.ts';
import { formatBytes, formatCount } from '../../messages/format.ts';
import { settingsMessages as words } from '../../messages/settings.ts';
import { Button } from '../../ui/button.tsx';
import { SelectInput } from '../../ui/field.tsx';
import { ProblemNotice } from '../problem/problem-notice.tsx';
import { Question } from './question.tsx';
import styles from './settings.module.css';
import { SettingsGroup } from './settings-group.tsx';
import { useAttempt } from './use-attempt.ts';

type Amount = OperationOutput<'history.count'>;

const dayMs = 86_400_000;
/** Days; 0 is everything. */
const ages = [7, 30, 90, 0] as const;

/** See the head of the file. */
export function HistoryRemoval() {
  const app = useApp();
  const { bridge } = app;
  const { attempt, problem } = useAttempt();
  const [age, setAge] = useState<number>(30);
  /** Fixed when the age is chosen: what was counted is what is deleted. */
  const [before, setBefore] = useState(() => beforeOf(30));
  const [amount, setAmount] = useState<Amount | null>(null);
  const [isAsking, setAsking] = useState(false);
  const [said, setSaid] = useState('');
  useEffect(() => {
    let isLate = false;
    setAmount(null);
    bridge.call('history.count', { before }).then(
      (counted) => !isLate && setAmount(counted),
      () => {},
    );
    return () => {
      isLate = true;
    };
  }, [bridge, before]);
  const choose = (days: number) => {
    setAge(days);
    setBefore(beforeOf(days));
    setAsking(false);
    setSaid('');
  };
  const remove = async () => {
    const removed = await attempt('history.remove', { before });
    if (!removed) return;
    void forgetRuns(app, (run) => run.endedAt !== null && (before === undefined || run.startedAt < before));
    setSaid(words.historyDeleted(formatCount(removed.executions)));
    setBefore(beforeOf(age));
  };
  const count = amount?.executions ?? 0;
  return (
    <SettingsGroup title={words.history} help={words.historyHelp}>
      <div className={styles.removal}>
        <SelectInput
          label={words.historyOlder}
          value={String(age)}
          options={ages.map((days) => ({ value: String(days), label: words.historyAges[days] ?? '' }))}
          onChange={(value) => choose(Number(value))}
        />
        <Button isDisabled={count === 0 || isAsking} onPress={() => setAsking(true)}>
          {words.historyDelete}
        </Button>
      </div>
      <p role="status" className={styles.muted}>
        {[said, amountText(amount)].filter(Boolean).join(' ')}
      </p>
      {isAsking && amount && (
        <Question
          title={words.historyDeleteTitle(formatCount(count))}
          body={words.historyDeleteBody(formatBytes(amount.outputBytes))}
          confirm={words.historyDeleteConfirm}
          onConfirm={() => void remove()}
          onDone={() => setAsking(false)}
        />
      )}
      {problem && <ProblemNotice problem={problem} />}
    </SettingsGroup>
  );
}

function beforeOf(days: number): number {
  return Date.now() - days * dayMs;
}

function amountText(amount: Amount | null): string {
  if (!amount) return words.historyCounting;
  if (amount.executions === 0) return words.historyNone;
  return words.historyAmount(formatCount(amount.executions), formatBytes(amount.outputBytes));
}
