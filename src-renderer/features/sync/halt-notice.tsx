/** What a pair asks before it goes on: the reason in plain words, the answers as buttons, and the one that changes nothing. */
import type { SyncAnswer, SyncHalt, SyncRoot } from '../../../src-shared/domain/sync.ts';
import { useApp } from '../../app/app-context.tsx';
import { syncMessages as words } from '../../messages/sync.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';

/** Reasons where going on deletes something. */
const deleting: ReadonlySet<SyncHalt['reason']> = new Set(['mirror-deletes', 'mass-deletion', 'emptied']);

/** Going on where it deletes, or where nobody has seen what would happen, is never the button that stands out. */
export function HaltNotice({ root, halt }: { root: Pick<SyncRoot, 'id'>; halt: SyncHalt }) {
  const { actions } = useApp();
  const { reason, message, hint, answers } = halt;
  const labels = words.answers(halt);
  const isFirst = reason === 'first-sync';
  const look = (answer: SyncAnswer) => (answer === 'go-on' && deleting.has(reason) ? 'danger' : 'secondary');
  return (
    <Notice
      level={isFirst ? 'info' : 'warning'}
      title={message}
      actions={
        <>
          <Button
            look="primary"
            onPress={() =>
              isFirst
                ? actions.showSync('plan', root.id)
                : void actions.attempt('sync.stop', { rootId: root.id })
            }
          >
            {isFirst ? words.showPlan : words.leave}
          </Button>
          {answers
            .filter((answer) => !(isFirst && answer === 'go-on'))
            .map((answer) => (
              <Button
                key={answer}
                look={look(answer)}
                onPress={() => void actions.attempt('sync.answer', { rootId: root.id, reason, answer })}
              >
                {labels[answer]}
              </Button>
            ))}
          {!isFirst && (
            <Button look="quiet" onPress={() => actions.showSync('plan', root.id)}>
              {words.showPlan}
            </Button>
          )}
        </>
      }
    >
      <p>{hint}</p>
    </Notice>
  );
}
