/** The bar above the editor: language and Run. */
import { Play } from 'lucide-react';
import type { Language } from '../../../src-shared/domain/execution.ts';
import { useApp, useStatus, useUi } from '../../app/app-context.tsx';
import { runMessages as words } from '../../messages/run.ts';
import { sessionMessages } from '../../messages/session.ts';
import { Button } from '../../ui/button.tsx';
import { Segments } from '../../ui/field.tsx';
import { shortcut } from '../../ui/shortcut.ts';
import styles from './execution-panel.module.css';

/** See the head of the file. `sessionId` is the live session, if there is one. */
export function EditorBar({
  draftKey,
  language,
  sessionId,
}: {
  draftKey: string;
  language: Language;
  sessionId: string | null;
}) {
  const { drafts, actions, bridge } = useApp();
  const asked = useUi(({ connecting }) => connecting[draftKey] ?? false);
  const [status, disconnecting] = useStatus((state) => {
    const session = state.status?.sessions.find(({ id }) => id === sessionId);
    return [session?.status ?? null, session?.disconnecting ?? false];
  });
  const can = useStatus(({ status: snapshot, drivers }) => {
    const profile = snapshot?.profiles.find(({ id }) => id === draftKey);
    const { python = true, shell = true } =
      drivers.find(({ type }) => type === profile?.driverType)?.capabilities ?? {};
    return { python, shell };
  });
  const languages = [
    { value: 'python' as const, label: words.python },
    { value: 'shell' as const, label: words.shell },
  ].filter(({ value }) => can[value] || value === language);
  const isConnecting = status === 'connecting' || (asked && sessionId === null);
  const keys = shortcut(bridge.runtime.platform, 'Mod+Enter');
  return (
    <div className={styles.bar}>
      <Segments
        hideLabel
        label={words.language}
        value={language}
        options={languages}
        onChange={(value) => drafts.setLanguage(draftKey, value)}
      />
      <span className={styles.grow} />
      {sessionId === null && !isConnecting && <span className={styles.hint}>{words.startsSession}</span>}
      {isConnecting && <span className={styles.hint}>{sessionMessages.connecting}</span>}
      <Button
        look="primary"
        icon={<Play size={14} aria-hidden fill="currentColor" />}
        tooltip={words.runTitle(keys)}
        isDisabled={isConnecting || disconnecting}
        onPress={() => void actions.runDraft()}
      >
        {words.run}
      </Button>
    </div>
  );
}
