/** A name of a sandbox on the screen: isolated from the direction of what is around it, with marks for what cannot be seen. */

import styles from './files.module.css';
import { nameParts } from './visible-name.ts';

/** Draws `name`. */
export function FileName({ name }: { name: string }) {
  return (
    <bdi className={styles.name}>
      {nameParts(name).map(({ text, marked }, index) =>
        marked ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no identity of their own
          <span key={index} className={styles.mark}>
            {text}
          </span>
        ) : (
          text
        ),
      )}
    </bdi>
  );
}
