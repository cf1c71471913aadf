/** Settings that belong together, under a heading. */
import { type ReactNode, useId } from 'react';
import styles from './settings.module.css';

/** `hideTitle`: the section's own title says it already. */
export function SettingsGroup({
  title,
  help,
  hideTitle = false,
  children,
}: {
  title: string;
  help?: string;
  hideTitle?: boolean;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <section className={styles.group} {...(hideTitle ? { 'aria-label': title } : { 'aria-labelledby': id })}>
      {!hideTitle && <h4 id={id}>{title}</h4>}
      {help !== undefined && <p className={styles.muted}>{help}</p>}
      {children}
    </section>
  );
}
