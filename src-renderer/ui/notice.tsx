/** A quiet box that says something in place: an icon, words, and where it helps a few buttons. */
import { CircleX, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { cx } from './cx.ts';
import styles from './notice.module.css';

const icons = { info: Info, warning: TriangleAlert, error: CircleX } as const;

/** `title` is the sentence; children explain; `actions` are buttons. */
export function Notice({
  level,
  title,
  children,
  actions,
}: {
  level: keyof typeof icons;
  title?: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
}) {
  const Icon = icons[level];
  return (
    <div className={cx(styles.notice, styles[level])}>
      <Icon size={16} aria-hidden className={styles.icon} />
      <div className={styles.words}>
        {title !== undefined && <p className={styles.title}>{title}</p>}
        {children}
        {actions !== undefined && <div className={styles.actions}>{actions}</div>}
      </div>
    </div>
  );
}
