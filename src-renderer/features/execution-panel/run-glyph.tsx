/** The 12 px glyph of an execution's state: told apart by shape. */
import type { ExecutionState } from '../../../src-shared/domain/execution.ts';
import { cx } from '../../ui/cx.ts';
import styles from './execution-panel.module.css';

const ring = <circle cx="6" cy="6" r="4.5" fill="none" stroke="currentColor" strokeWidth="1.5" />;
const line = { fill: 'none', stroke: 'currentColor', strokeWidth: 1.8, strokeLinecap: 'round' } as const;

const shapes: Record<ExecutionState, React.ReactNode> = {
  queued: ring,
  running: (
    <>
      {ring}
      <path d="M6 1.5a4.5 4.5 0 0 1 0 9Z" fill="currentColor" />
    </>
  ),
  cancelling: (
    <circle
      cx="6"
      cy="6"
      r="4.5"
      {...line}
      strokeWidth="1.5"
      strokeLinecap="butt"
      strokeDasharray="1.6 1.93"
    />
  ),
  succeeded: <path d="m2 6.5 2.8 2.8L10 3.4" {...line} strokeLinejoin="round" />,
  failed: <path d="m3 3 6 6m0-6L3 9" {...line} />,
  cancelled: (
    <>
      {ring}
      <path d="m2.8 9.2 6.4-6.4" {...line} strokeWidth="1.5" />
    </>
  ),
  'timed-out': (
    <>
      {ring}
      <path d="M6 3.5V6l1.8 1.2" {...line} strokeWidth="1.3" />
    </>
  ),
  lost: <path d="M3.8 4.2a2.2 2.2 0 1 1 3.2 2c-.7.4-1 .8-1 1.5m0 2.3v.1" {...line} strokeWidth="1.5" />,
};

/** Decoration beside the word of the state. */
export function RunGlyph({ state }: { state: ExecutionState }) {
  return (
    <svg
      width="12"
      height="12"
      viewBox="0 0 12 12"
      aria-hidden="true"
      focusable="false"
      className={cx(styles[`state-${state}`])}
    >
      {shapes[state]}
    </svg>
  );
}
