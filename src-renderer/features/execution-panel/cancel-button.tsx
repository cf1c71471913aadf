/**
 * The ladder that stops a run: one button whose label changes ("Cancel", five seconds later "Force stop", then "Restart
 * Python", then "End sandbox"), and a menu with all later steps. Each step says what it destroys.
 */
import { ChevronDown, Square } from 'lucide-react';
import { useApp, useRuns, useStatus } from '../../app/app-context.tsx';
import { forceAfter } from '../../app/run-actions.ts';
import { formatDuration } from '../../messages/format.ts';
import { runMessages as words } from '../../messages/run.ts';
import { type StopStep, stopSteps } from '../../stores/runs-store.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { MenuButton } from '../../ui/menu.tsx';
import { useNow, useReached } from '../../ui/use-now.ts';
import styles from './execution-panel.module.css';

/** The button for the run `runKey`, which is not final. `quiet`: without the menu, for bars. */
export function CancelButton({ runKey, quiet = false }: { runKey: string; quiet?: boolean }) {
  const { actions } = useApp();
  const [sessionId, language, step, at] = useRuns(({ runs }) => {
    const run = runs[runKey];
    return [run?.sessionId, run?.language, run?.stopping?.step ?? null, run?.stopping?.at ?? null] as const;
  });
  const [isAway, canEnd] = useStatus(({ status, drivers }) => {
    const session = status?.sessions.find(({ id }) => id === sessionId);
    const keep = drivers.find(({ type }) => type === session?.driverType)?.capabilities.keep ?? [];
    const isOurs = session?.metadata.foreign !== true;
    return [session?.link.state === 'retrying', isOurs && keep.includes('end')] as const;
  });
  const canGoOn = useReached(at === null ? null : at + forceAfter);
  const steps = stopSteps.filter(
    (candidate) => (candidate !== 'restart' || language === 'python') && (candidate !== 'end' || canEnd),
  );
  const taken = step === null ? -1 : steps.indexOf(step);
  const next = steps[taken + 1] ?? null;
  const later = steps.slice(taken + 1).filter((candidate) => candidate !== next || !canGoOn || step === null);
  const isWaiting = step !== null && (!canGoOn || next === null);
  return (
    <>
      {isWaiting ? (
        <Button
          look={quiet ? 'quiet' : 'secondary'}
          isDisabled
          {...(isAway ? { tooltip: words.stopWhenBackHelp } : {})}
        >
          {isAway ? words.stopWhenBack : <Stopping step={step} since={at ?? 0} />}
        </Button>
      ) : (
        next && (
          <Button
            look={next === 'cancel' ? (quiet ? 'quiet' : 'secondary') : 'danger'}
            icon={<Square size={12} aria-hidden fill="currentColor" />}
            tooltip={isAway ? words.stopWhenBackHelp : words.stopSteps[next].help}
            onPress={() => void actions.stop(runKey, next)}
          >
            {words.stopSteps[next].label}
          </Button>
        )
      )}
      {!quiet && later.length > 0 && (
        <MenuButton
          label={words.stopMenu}
          trigger={
            <IconButton
              label={words.stopMenu}
              icon={<ChevronDown size={14} aria-hidden />}
              className={styles.stopMenu ?? ''}
            />
          }
          entries={later.map((candidate) => ({
            id: candidate,
            label: words.stopSteps[candidate].label,
            help: words.stopSteps[candidate].help,
            danger: candidate !== 'cancel',
            onAction: () => void actions.stop(runKey, candidate),
          }))}
        />
      )}
    </>
  );
}

function Stopping({ step, since }: { step: StopStep; since: number }) {
  const waited = useNow(1000) - since;
  return waited < 1000
    ? words.stoppingNow[step]
    : words.stopping[step](formatDuration(Math.floor(waited / 1000) * 1000));
}
