/** The place of one terminal: its view is put in here, and is taken out again, by hand. */
import { type MouseEvent, useEffect, useId, useRef, useState } from 'react';
import '@xterm/xterm/css/xterm.css';
import type { Terminal } from '../../../src-shared/domain/terminal.ts';
import { useApp } from '../../app/app-context.tsx';
import { terminalMessages as words } from '../../messages/terminal.ts';
import { shortcut } from '../../ui/shortcut.ts';
import styles from './terminal.module.css';
import { type MenuPlace, TerminalMenu } from './terminal-menu.tsx';
import type { TerminalViews } from './terminal-views.ts';

/** See the head of the file. */
export function TerminalPane({ views, terminal }: { views: TerminalViews; terminal: Terminal }) {
  const { id, number } = terminal;
  const [menu, setMenu] = useState<MenuPlace | null>(null);
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
  const openMenu = (event: MouseEvent<HTMLDivElement>) => {
    event.preventDefault();
    // A program that uses the mouse gets the right button, too; with Shift it is the window's, as for selecting.
    const isMouse = event.button === 2;
    const { mouseTrackingMode } = views.get(id).terminal.modes;
    if (isMouse && mouseTrackingMode !== 'none' && !event.shiftKey) return;
    const box = event.currentTarget.getBoundingClientRect();
    setMenu(isMouse ? { x: event.clientX, y: event.clientY } : { x: box.left + 16, y: box.top + 16 });
  };
  const plainKeys = shortcut(platform, platform === 'linux' ? 'Shift+Alt+F2' : 'Alt+F2');
  return (
    <>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the menu key comes from the input inside */}
      <div
        className={styles.host}
        data-region="terminal"
        data-terminal={id}
        ref={host}
        onContextMenu={openMenu}
      >
        <p id={helpId} className={styles.hidden}>
          {words.leaveHint(plainKeys)}
        </p>
      </div>
      {menu && <TerminalMenu views={views} terminal={terminal} place={menu} onClose={() => setMenu(null)} />}
    </>
  );
}
