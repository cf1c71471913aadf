/** After a reload of the window: what ran before it and still does, or ended meanwhile. */
import { useStore } from 'zustand';
import { useApp } from '../../app/app-context.tsx';
import { sessionNoticeMessages as words } from '../../messages/session-notices.ts';
import { shellMessages } from '../../messages/shell.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';

/** Draws nothing where nothing survived, or once it was seen. */
export function Survivors() {
  const { survivors, actions } = useApp();
  const runs = useStore(survivors.store);
  const [first] = runs;
  if (!first) return null;
  const items = runs.map(({ number, isRunning }) =>
    isRunning ? words.stillRunning(number) : words.finishedAway(number),
  );
  return (
    <Notice
      level="info"
      title={words.survivedTitle(runs.length)}
      actions={
        <>
          <Button
            onPress={() => {
              actions.select({ type: 'session', id: first.sessionId });
              actions.showTab('run');
              survivors.forget();
            }}
          >
            {words.show}
          </Button>
          <Button look="quiet" onPress={() => survivors.forget()}>
            {shellMessages.problem.dismiss}
          </Button>
        </>
      }
    >
      <p>{words.survivedList(items)}</p>
    </Notice>
  );
}
