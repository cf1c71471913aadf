/** Sandboxes that a crash or a failed end left behind: they may run and cost, and wait for a decision. */
import { isEnded } from '../../../src-shared/domain/session.ts';
import { useApp, useStatus } from '../../app/app-context.tsx';
import { formatTime } from '../../messages/format.ts';
import { sessionNoticeMessages as words } from '../../messages/session-notices.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Leftover } from '../session-controls/connect.tsx';
import styles from './session-notices.module.css';

/** All of them but the session that is shown: that one has a card of its own. */
export function Leftovers({ except }: { except: string | null }) {
  const { actions } = useApp();
  const left = useStatus(({ status }) =>
    (status?.sessions ?? []).filter(
      (session) => isEnded(session) && session.metadata.left === 'unknown' && session.id !== except,
    ),
  );
  if (left.length === 0) return null;
  return (
    <Notice level="warning" title={words.leftoversTitle(left.length)}>
      <ul className={styles.rows}>
        {left.map(({ id, profileName, lastActivity }) => (
          <li key={id}>
            <bdi className={styles.what}>{words.leftover(profileName, formatTime(lastActivity))}</bdi>
            <Leftover sessionId={id} />
            <Button look="quiet" tooltip={words.keepHelp} onPress={() => void actions.sessions.dismiss(id)}>
              {words.keep}
            </Button>
          </li>
        ))}
      </ul>
    </Notice>
  );
}
