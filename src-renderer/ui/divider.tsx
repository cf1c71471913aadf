/** The line between two panels that can be dragged: by mouse, by arrow keys when it has the focus, back by a double click. */
import { Separator } from 'react-resizable-panels';
import { cx } from './cx.ts';
import styles from './divider.module.css';

/** `label` says what it changes; `id` is what the panels' group knows it by. */
export function Divider({ id, label }: { id: string; label: string }) {
  return <Separator id={id} aria-label={label} className={cx(styles.divider)} />;
}
