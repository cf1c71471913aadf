/** A session that ended on a person's word while its sandbox goes on or sleeps: what that means, and how to come back. */
import { useStatus } from '../../app/app-context.tsx';
import { formatTime } from '../../messages/format.ts';
import { sessionNoticeMessages as words } from '../../messages/session-notices.ts';
import { Notice } from '../../ui/notice.tsx';
import { Leftover } from '../session-controls/connect.tsx';

/** See the head of the file. */
export function LeftCard({ sessionId }: { sessionId: string }) {
  const [isPaused, at] = useStatus(({ status }) => {
    const session = status?.sessions.find(({ id }) => id === sessionId);
    return [session?.metadata.left === 'pause', session?.endedAt ?? 0] as const;
  });
  const time = formatTime(at);
  return (
    <Notice
      level="info"
      title={isPaused ? words.pausedTitle(time) : words.leftRunningTitle(time)}
      actions={<Leftover sessionId={sessionId} />}
    />
  );
}
