/** A path in a list: its name first, its folder after it, and a line of facts. */
import type { ReactNode } from 'react';
import { nameOf, parentOf } from '../../stores/files/file-paths.ts';
import { FileName } from '../files/file-name.tsx';
import { visiblePath } from '../files/visible-name.ts';
import styles from './sync.module.css';

/** `facts` is the second line, `end` what stands at the end of the row. */
export function PathRow({
  path,
  glyph,
  facts,
  size,
  end,
}: {
  path: string;
  glyph: ReactNode;
  facts: string;
  size?: string;
  end?: ReactNode;
}) {
  const folder = parentOf(path);
  return (
    <div className={styles.row}>
      {glyph}
      <div className={styles.rowWords}>
        <p className={styles.rowPath} title={visiblePath(path)}>
          <FileName name={nameOf(path)} />
          {folder !== '.' && ' '}
          {folder !== '.' && (
            <span className={styles.rowFolder}>
              <bdi>{visiblePath(folder)}</bdi>
            </span>
          )}
        </p>
        <p className={styles.rowFacts} title={facts}>
          {facts}
        </p>
      </div>
      {size !== undefined && <span className={styles.rowSize}>{size}</span>}
      {end}
    </div>
  );
}
