/** The bar above the editor: language, draft, time limit, and Run. */
import { ChevronDown, Play } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import type { Language } from '../../../src-shared/domain/execution.ts';
import { useApp, useStatus, useUi } from '../../app/app-context.tsx';
import { editorMessages } from '../../messages/editor.ts';
import { runMessages as words } from '../../messages/run.ts';
import { sessionMessages } from '../../messages/session.ts';
import { Button } from '../../ui/button.tsx';
import { Segments, Select } from '../../ui/field.tsx';
import { MenuButton } from '../../ui/menu.tsx';
import { shortcut } from '../../ui/shortcut.ts';
import { DraftMenu } from './draft-menu.tsx';
import styles from './execution-panel.module.css';

/** Time limits offered, in ms. */
const timeouts = [10_000, 60_000, 600_000, 3_600_000];

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
  const isOff = isConnecting || disconnecting;
  const { platform } = bridge.runtime;
  return (
    <div className={styles.bar}>
      <Segments
        hideLabel
        label={words.language}
        value={language}
        options={languages}
        onChange={(value) => drafts.setLanguage(draftKey, value)}
      />
      <DraftMenu draftKey={draftKey} />
      <span className={styles.grow} />
      {sessionId === null && !isConnecting && <span className={styles.hint}>{words.startsSession}</span>}
      {isConnecting && <span className={styles.hint}>{sessionMessages.connecting}</span>}
      <TimeLimit draftKey={draftKey} />
      <span className={styles.split}>
        <Button
          look="primary"
          icon={<Play size={14} aria-hidden fill="currentColor" />}
          tooltip={words.runTitle(shortcut(platform, 'Mod+Enter'))}
          isDisabled={isOff}
          onPress={() => void actions.runDraft()}
        >
          {words.run}
        </Button>
        <MenuButton
          label={editorMessages.runMenu}
          trigger={
            <Button look="primary" aria-label={editorMessages.runMenu} isDisabled={isOff}>
              <ChevronDown size={14} aria-hidden className={styles.chevron} />
            </Button>
          }
          entries={[
            {
              id: 'selection',
              label: editorMessages.runSelection,
              help: shortcut(platform, 'Mod+Enter'),
              onAction: () => void actions.runDraft('selection'),
            },
            {
              id: 'block',
              label: editorMessages.runBlock,
              help: shortcut(platform, 'Shift+Enter'),
              onAction: () => void actions.runDraft('block'),
            },
            {
              id: 'all',
              label: editorMessages.runAll,
              help: shortcut(platform, 'Mod+Shift+Enter'),
              onAction: () => void actions.runDraft('all'),
            },
          ]}
        />
      </span>
    </div>
  );
}

/** After how long a run of this draft is stopped. */
function TimeLimit({ draftKey }: { draftKey: string }) {
  const { drafts } = useApp();
  const timeoutMs = useSyncExternalStore(drafts.subscribe, () => drafts.get(draftKey).timeoutMs);
  const values = timeoutMs === null || timeouts.includes(timeoutMs) ? timeouts : [timeoutMs, ...timeouts];
  return (
    <span className={styles.timeout}>
      <Select
        aria-label={editorMessages.timeout}
        value={String(timeoutMs ?? '')}
        options={[
          { value: '', label: editorMessages.noTimeout },
          ...values.map((ms) => ({ value: String(ms), label: editorMessages.timeoutAfter(ms) })),
        ]}
        onChange={(value) => drafts.setTimeout(draftKey, value === '' ? null : Number(value))}
      />
    </span>
  );
}
