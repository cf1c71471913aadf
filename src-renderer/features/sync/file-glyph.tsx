/** What happens to a file, or how it is, as a shape. A word stands beside it. */
import {
  ArrowDownToLine,
  ArrowUpFromLine,
  Check,
  CircleX,
  EyeOff,
  Minus,
  Trash2,
  TriangleAlert,
} from 'lucide-react';
import type { SyncFile, SyncPlanItem } from '../../../src-shared/domain/sync.ts';
import styles from './sync.module.css';

const icons = {
  same: [Check, styles.ok],
  'to-upload': [ArrowUpFromLine, styles.accent],
  upload: [ArrowUpFromLine, styles.accent],
  'to-download': [ArrowDownToLine, styles.accent],
  download: [ArrowDownToLine, styles.accent],
  'to-delete-local': [Trash2, styles.error],
  'delete-local': [Trash2, styles.error],
  'to-delete-remote': [Trash2, styles.error],
  'delete-remote': [Trash2, styles.error],
  conflict: [TriangleAlert, styles.warn],
  problem: [CircleX, styles.error],
  excluded: [EyeOff, styles.muted],
  left: [Minus, styles.muted],
  leave: [Minus, styles.muted],
} as const;

/** See the head of the file. */
export function FileGlyph({ of }: { of: SyncFile['status'] | SyncPlanItem['action'] }) {
  const [Icon, color] = icons[of];
  return <Icon size={16} aria-hidden className={color} />;
}
