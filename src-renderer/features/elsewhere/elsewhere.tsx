/** "Running elsewhere": sandboxes of the profile's account, whoever started them. */
import { RefreshCw } from 'lucide-react';
import { useRef, useState } from 'react';
import { useStore } from 'zustand';
import type { FoundSandbox } from '../../../src-shared/domain/sandbox.ts';
import { useApp, useUi } from '../../app/app-context.tsx';
import { formatTimeSeconds, formatWhen } from '../../messages/format.ts';
import { sandboxMessages as words } from '../../messages/sandboxes.ts';
import { unknownAccount } from '../../stores/elsewhere-store.ts';
import { Button } from '../../ui/button.tsx';
import { ProblemNotice } from '../problem/problem-notice.tsx';
import styles from './elsewhere.module.css';
import { EndSandbox } from './end-sandbox.tsx';
import { shortId } from './short-id.ts';

/** See the head of the file. Give it a `key` with the profile's id. */
export function Elsewhere({ profileId }: { profileId: string }) {
  const { elsewhere } = useApp();
  const account = useStore(elsewhere.store, (accounts) => accounts[profileId] ?? unknownAccount);
  const { found, problem, isLooking, at } = account;
  const heading = useRef<HTMLHeadingElement>(null);
  const end = (sandboxId: string, row: HTMLElement | null) =>
    elsewhere.end(profileId, sandboxId, () => {
      if (row && hasFocus(row)) focusable(row.nextElementSibling, heading.current)?.focus();
    });
  return (
    <section className={styles.elsewhere} aria-labelledby="elsewhere">
      <h3 id="elsewhere" className={styles.title} ref={heading} tabIndex={-1}>
        {words.title}
      </h3>
      {found === null && <p className={styles.muted}>{words.about}</p>}
      {problem && <ProblemNotice problem={problem} onDismiss={() => elsewhere.dismiss(profileId)} />}
      {found?.length === 0 && <p className={styles.muted}>{words.none}</p>}
      {found !== null && found.length > 0 && (
        <ul className={styles.list}>
          {found.map((sandbox) => (
            <Item key={sandbox.sandboxId} sandbox={sandbox} profileId={profileId} onEnd={end} />
          ))}
        </ul>
      )}
      <div className={styles.look}>
        <Button
          icon={<RefreshCw size={14} aria-hidden />}
          isDisabled={isLooking}
          onPress={() => void elsewhere.look(profileId)}
        >
          {isLooking ? words.looking : found === null ? words.look : words.lookAgain}
        </Button>
        {at !== null && <span className={styles.age}>{words.asOf(formatTimeSeconds(at))}</span>}
      </div>
    </section>
  );
}

function Item({
  sandbox,
  profileId,
  onEnd,
}: {
  sandbox: FoundSandbox;
  profileId: string;
  onEnd: (sandboxId: string, row: HTMLElement | null) => Promise<boolean>;
}) {
  const { actions } = useApp();
  const isConnecting = useUi(({ connecting }) => connecting[profileId] ?? false);
  const [isAsking, setAsking] = useState(false);
  const [isEnding, setEnding] = useState(false);
  const row = useRef<HTMLLIElement>(null);
  const { sandboxId, name, state, startedAt, endsAt, owner, inUse } = sandbox;
  const now = Date.now();
  const facts = [
    words.state[state],
    startedAt === null ? null : words.since(formatWhen(startedAt, now)),
    endsAt === null ? null : words.until(formatWhen(endsAt, now)),
    inUse ? words.inUse : words.owner[owner],
  ];
  return (
    <li className={styles.item} ref={row} tabIndex={-1}>
      <div className={styles.about}>
        <p className={styles.name}>
          {name || sandboxId} <code>{shortId(sandboxId)}</code>
        </p>
        <p className={styles.facts}>{facts.filter((fact) => fact !== null).join(' · ')}</p>
      </div>
      {!inUse && (
        <span className={styles.buttons}>
          <Button
            aria-label={words.connectTo(name, shortId(sandboxId))}
            isDisabled={isConnecting || isEnding}
            onPress={() => void actions.attachSandbox(profileId, sandboxId)}
          >
            {words.connect}
          </Button>
          {owner === 'here' && (
            <Button
              look="danger"
              aria-label={words.endOf(name, shortId(sandboxId))}
              // Not disabled: it has the focus, which would be lost.
              isPending={isEnding}
              onPress={() => setAsking(true)}
            >
              {words.end}
            </Button>
          )}
        </span>
      )}
      {isAsking && (
        <EndSandbox
          sandbox={sandbox}
          profileId={profileId}
          onClose={() => setAsking(false)}
          onEnd={async () => {
            setEnding(true);
            await onEnd(sandboxId, row.current);
            setEnding(false);
          }}
        />
      )}
    </li>
  );
}

/** True where the focus would be lost with the row: it is in it, or nowhere yet after the question. */
function hasFocus(row: HTMLElement): boolean {
  const { activeElement } = document;
  return activeElement === document.body || row.contains(activeElement);
}

/** The next row, which is then read out; no button, so that no key pressed once more ends the next sandbox too. */
function focusable(next: Element | null, heading: HTMLElement | null): HTMLElement | null {
  return next instanceof HTMLElement ? next : heading;
}
