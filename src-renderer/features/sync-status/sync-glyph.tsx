/** How syncing is, as a shape: shape and word carry it, colour only helps. */
import { CircleCheck, CircleDashed, CircleX, CloudOff, RefreshCw, TriangleAlert } from 'lucide-react';
import type { SyncViewKind } from '../../../src-shared/domain/sync-view.ts';
import styles from './sync-glyph.module.css';

const icons = {
  none: CircleDashed,
  new: CircleDashed,
  offline: CloudOff,
  synced: CircleCheck,
  busy: RefreshCw,
  failed: CircleX,
  'needs-you': TriangleAlert,
} as const;

/** Says nothing to a screen reader: a word stands beside it. */
export function SyncGlyph({ kind, size = 16 }: { kind: SyncViewKind; size?: number }) {
  const Icon = icons[kind];
  return <Icon size={size} aria-hidden className={styles[kind]} />;
}
