/** The place of something that is being loaded. Not shown in the first moment: most things are there sooner. */
import { useEffect, useState } from 'react';
import styles from './skeleton.module.css';

/** ms until it is shown. */
const patience = 150;

/** `rows` grey bars; `label` is what a reader hears. */
export function Skeleton({ label, rows = 3 }: { label: string; rows?: number }) {
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), patience);
    return () => clearTimeout(timer);
  }, []);
  if (!isShown) return null;
  return (
    <div className={styles.skeleton}>
      <span className={styles.label}>{label}</span>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: bars have nothing else
        <span key={row} className={styles.bar} aria-hidden />
      ))}
    </div>
  );
}
