/** The place of one terminal: its view is put in here, and is taken out again, by hand. */
import { useEffect, useId, useRef } from 'react';
import '@xterm/xterm/css/xterm.css';
import type { Terminal } from '../../../src-shared/domain/terminal.ts';
import { useApp } from '../../app/app-context.tsx';
import { terminalMessages as words } from '../../messages/terminal.ts';
import { shortcut } from '../../ui/shortcut.ts';
import styles from './terminal.module.css';
import type { TerminalViews } from './terminal-views.ts';

/** See the head of the file. */
export function TerminalPane({
  views,
  terminal: { id, number },
}: {
  views: TerminalViews;
  terminal: Terminal;
}) {
  const { platform } = useApp().bridge.runtime;
  const host = useRef<HTMLDivElement>(null);
  const helpId = useId();
  const name = words.name(number);
  useEffect(() => {
    if (!host.current) return;
    const hide = views.show(id, host.current);
    views.get(id).describe(words.inputLabel(name), helpId);
    return hide;
  }, [views, id, name, helpId]);
  const plainKeys = shortcut(platform, platform === 'linux' ? 'Shift+Alt+F2' : 'Alt+F2');
  return (
    <div className={styles.host} data-region="terminal" data-terminal={id} ref={host}>
      <p id={helpId} className={styles.hidden}>
        {words.leaveHint(plainKeys)}
      </p>
    </div>
  );
}
