/**
 * A new name for a profile, typed where the old one is shown. It lies over the row and not in it: a tree takes letters typed
 * inside of it as a search.
 */
import { useLayoutEffect, useRef, useState } from 'react';
import { useApp, useStatus } from '../../app/app-context.tsx';
import { sidebarMessages as words } from '../../messages/sidebar.ts';
import styles from './sidebar.module.css';

/** ms that a closing menu may take. */
const menuGoesMs = 500;

/** Enter and leaving it take the name, Escape does not. */
export function RenameField({ profileId, onClose }: { profileId: string; onClose: () => void }) {
  const { actions } = useApp();
  const before = useStatus(({ status }) => status?.profiles.find(({ id }) => id === profileId)?.name ?? '');
  const [name, setName] = useState(String(before));
  const field = useRef<HTMLInputElement>(null);
  const isDone = useRef(false);
  const [openedAt] = useState(() => performance.now());
  useLayoutEffect(() => {
    const input = field.current;
    const row = rowOf(profileId);
    if (!input || !row) return;
    const { left, top, width, height } = row.getBoundingClientRect();
    Object.assign(input.style, {
      left: `${left + 30}px`,
      top: `${top}px`,
      width: `${width - 34}px`,
      height: `${height}px`,
    });
    const frame = requestAnimationFrame(() => {
      input.focus();
      input.select();
    });
    return () => cancelAnimationFrame(frame);
  }, [profileId]);
  const close = (take: boolean) => {
    if (isDone.current) return;
    isDone.current = true;
    const next = name.trim();
    if (take && next !== '' && next !== before)
      void actions.attempt('profiles.update', { profileId, name: next });
    onClose();
  };
  return (
    <input
      ref={field}
      className={styles.rename}
      aria-label={words.renameLabel(String(before))}
      value={name}
      maxLength={80}
      dir="auto"
      spellCheck={false}
      onChange={(event) => setName(event.target.value)}
      onBlur={() => {
        // The menu that this came from gives the focus back to its button when it has gone: it is taken again.
        if (performance.now() - openedAt < menuGoesMs) requestAnimationFrame(() => field.current?.focus());
        else close(true);
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== 'Escape') return;
        event.preventDefault();
        event.stopPropagation();
        close(event.key === 'Enter');
        rowOf(profileId)?.focus();
      }}
    />
  );
}

function rowOf(profileId: string): HTMLElement | null {
  return document.querySelector<HTMLElement>(
    `[data-key="profile:${profileId}"], [data-key="group:${profileId}"]`,
  );
}
