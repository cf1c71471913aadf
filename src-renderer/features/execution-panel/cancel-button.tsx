/** The cancel ladder: "Cancel" interrupts; five seconds later "Force stop" kills. Each says what it destroys. */
import { Square } from 'lucide-react';
import { forceAfter } from '../../app/actions.ts';
import { useApp } from '../../app/app-context.tsx';
import { formatDuration } from '../../messages/format.ts';
import { runMessages as words } from '../../messages/run.ts';
import { Button } from '../../ui/button.tsx';
import { useNow, useReached } from '../../ui/use-now.ts';

/** The button for the run `runKey`, which is not final. */
export function CancelButton({
  runKey,
  requestedAt,
  quiet,
}: {
  runKey: string;
  requestedAt: number | null;
  quiet?: boolean;
}) {
  const { actions } = useApp();
  const canForce = useReached(requestedAt === null ? null : requestedAt + forceAfter);
  const icon = <Square size={12} aria-hidden fill="currentColor" />;
  if (requestedAt === null) {
    return (
      <Button
        look={quiet ? 'quiet' : 'secondary'}
        icon={icon}
        tooltip={words.cancelTitle}
        onPress={() => void actions.cancel(runKey)}
      >
        {words.cancel}
      </Button>
    );
  }
  if (!canForce) {
    return (
      <Button look={quiet ? 'quiet' : 'secondary'} isDisabled>
        <Cancelling since={requestedAt} />
      </Button>
    );
  }
  return (
    <Button
      look="danger"
      icon={icon}
      tooltip={words.forceStopTitle}
      onPress={() => void actions.cancel(runKey, true)}
    >
      {words.forceStop}
    </Button>
  );
}

function Cancelling({ since }: { since: number }) {
  const waited = useNow(1000) - since;
  return waited < 1000
    ? words.cancelling
    : words.cancellingFor(formatDuration(Math.floor(waited / 1000) * 1000));
}
