/** A sandbox of which nobody knows whether it runs: looks at the account once, on a person's word, and says what was found. */
import { useState } from 'react';
import { useStore } from 'zustand';
import { useApp, useStatus } from '../../app/app-context.tsx';
import { formatTimeSeconds } from '../../messages/format.ts';
import { sessionNoticeMessages as words } from '../../messages/session-notices.ts';
import { type Account, unknownAccount } from '../../stores/elsewhere-store.ts';
import { Button } from '../../ui/button.tsx';
import styles from './session-notices.module.css';

/** Asks what a sandbox is doing; `canCheck` is false where its driver cannot tell. */
export function useCheck(sessionId: string): {
  canCheck: boolean;
  isChecking: boolean;
  check: () => void;
  said: string;
} {
  const { elsewhere } = useApp();
  const { profileId, sandboxId, canList } = useStatus(({ status, drivers }) => {
    const session = status?.sessions.find(({ id }) => id === sessionId);
    const id = session?.metadata.sandboxId;
    return {
      profileId: status?.profiles.find((profile) => profile.id === session?.profileId)?.id ?? null,
      sandboxId: typeof id === 'string' ? id : null,
      canList: drivers.find(({ type }) => type === session?.driverType)?.capabilities.list ?? false,
    };
  });
  const account = useStore(elsewhere.store, (all) => all[profileId ?? ''] ?? unknownAccount);
  const [hasAsked, setAsked] = useState(false);
  return {
    canCheck: canList && profileId !== null && sandboxId !== null,
    isChecking: account.isLooking,
    check: () => {
      setAsked(true);
      if (profileId !== null) void elsewhere.look(profileId);
    },
    said: hasAsked && !account.isLooking ? findingOf(account, sandboxId) : '',
  };
}

/** The button. */
export function CheckNow({ isChecking, check }: { isChecking: boolean; check: () => void }) {
  return (
    <Button isDisabled={isChecking} onPress={check}>
      {isChecking ? words.checkingNow : words.checkNow}
    </Button>
  );
}

/** What the look found; always there, so that a screen reader hears it come. */
export function Finding({ text }: { text: string }) {
  return (
    <p role="status" className={styles.strong} hidden={text === ''}>
      {text}
    </p>
  );
}

function findingOf({ found, at, problem }: Account, sandboxId: string | null): string {
  if (problem) return problem.message;
  if (!found || at === null) return '';
  const time = formatTimeSeconds(at);
  const state = found.find((one) => one.sandboxId === sandboxId)?.state;
  if (state === undefined) return words.notFound(time);
  return { running: words.foundRunning, paused: words.foundPaused, unknown: words.foundThere }[state](time);
}
