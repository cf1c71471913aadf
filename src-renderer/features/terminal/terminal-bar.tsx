/** The list of a session's terminals, and what can be done with the one that is shown. */
import { Plus, ScrollText, Search, X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { Tab, TabList } from 'react-aria-components/Tabs';
import type { Terminal } from '../../../src-shared/domain/terminal.ts';
import { terminalMessages as words } from '../../messages/terminal.ts';
import { IconButton } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import styles from './terminal.module.css';
import type { TerminalViews } from './terminal-views.ts';

/** See the head of the file. Inside of the `Tabs` of the terminals. */
export function TerminalBar({
  views,
  sessionId,
  terminals,
  current,
  canOpen,
}: {
  views: TerminalViews;
  sessionId: string;
  terminals: readonly Terminal[];
  current: Terminal;
  canOpen: boolean;
}) {
  const list = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it moves when another one is chosen
  useEffect(() => {
    const chosen = list.current?.querySelector('[aria-selected="true"]');
    chosen?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [current.id]);
  return (
    <div className={styles.bar} data-region="terminals">
      <TabList aria-label={words.list} className={cx(styles.list)} ref={list}>
        {terminals.map((terminal) => (
          <Tab key={terminal.id} id={terminal.id} className={cx(styles.entry)}>
            {words.name(terminal.number)}
            {terminal.state === 'ended' && <span className={styles.mark}>{words.endedMark}</span>}
          </Tab>
        ))}
      </TabList>
      {canOpen && (
        <IconButton
          label={words.newTerminal}
          icon={<Plus size={16} aria-hidden />}
          onPress={() => void views.open(sessionId, { focus: true })}
        />
      )}
      <span className={styles.grow} />
      <span className={styles.leave} aria-hidden>
        {words.leaveShort}
      </span>
      <IconButton
        label={words.find}
        icon={<Search size={16} aria-hidden />}
        onPress={() => views.obey('find', current, sessionId)}
      />
      <IconButton
        label={words.plainText}
        icon={<ScrollText size={16} aria-hidden />}
        onPress={() => views.obey('plain-text', current, sessionId)}
      />
      <IconButton
        label={words.close(words.name(current.number))}
        icon={<X size={16} aria-hidden />}
        onPress={() => views.close(current)}
      />
    </div>
  );
}
