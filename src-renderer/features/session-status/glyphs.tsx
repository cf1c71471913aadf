/** The 12 px glyphs of the session states: told apart by shape, colour only helps. */
import type { SessionViewKind } from '../../../src-shared/domain/session-view.ts';

const ring = <circle cx="6" cy="6" r="4.5" fill="none" stroke="currentColor" strokeWidth="1.5" />;
const dotted = (
  <circle
    cx="6"
    cy="6"
    r="4.5"
    fill="none"
    stroke="currentColor"
    strokeWidth="1.5"
    strokeDasharray="1.6 1.93"
  />
);

const shapes: Record<SessionViewKind, React.ReactNode> = {
  'not-connected': ring,
  starting: (
    <>
      {ring}
      <path d="M6 6V1.5A4.5 4.5 0 0 1 10.5 6Z" fill="currentColor" />
    </>
  ),
  ready: <circle cx="6" cy="6" r="5" fill="currentColor" />,
  busy: (
    <>
      {ring}
      <path d="M6 1.5a4.5 4.5 0 0 1 0 9Z" fill="currentColor" />
    </>
  ),
  paused: (
    <>
      <rect x="2" y="1.5" width="3" height="9" rx="0.75" fill="currentColor" />
      <rect x="7" y="1.5" width="3" height="9" rx="0.75" fill="currentColor" />
    </>
  ),
  stopping: dotted,
  stuck: (
    <>
      {dotted}
      <path d="M6 3.4v3M6 8.1v.3" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" />
    </>
  ),
  reconnecting: (
    <>
      <path d="M10.2 7.6A4.5 4.5 0 1 1 9.6 3" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <path d="M11.2.8v3.6H7.6Z" fill="currentColor" />
    </>
  ),
  unknown: (
    <>
      <circle cx="6" cy="6" r="5.2" fill="none" stroke="currentColor" strokeWidth="1.2" />
      <path
        d="M4.5 4.6a1.5 1.5 0 1 1 2.2 1.4c-.5.3-.7.5-.7 1"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.2"
        strokeLinecap="round"
      />
      <circle cx="6" cy="8.8" r="0.75" fill="currentColor" />
    </>
  ),
  'left-running': (
    <>
      {ring}
      <circle cx="6" cy="6" r="1.8" fill="currentColor" />
    </>
  ),
  'ending-soon': (
    <path
      d="M2.5 1h7M2.5 11h7M3.5 1c0 3 5 4 5 5s-5 2-5 5M8.5 1c0 3-5 4-5 5s5 2 5 5"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.3"
      strokeLinecap="round"
    />
  ),
  'needs-you': <path d="M6 1 11.5 11H.5Z" fill="currentColor" />,
  failed: (
    <>
      <path d="M4 .75h4L11.25 4v4L8 11.25H4L.75 8V4Z" fill="currentColor" />
      <path
        d="m4.2 4.2 3.6 3.6m0-3.6L4.2 7.8"
        stroke="var(--window)"
        strokeWidth="1.4"
        strokeLinecap="round"
      />
    </>
  ),
  ended: (
    <>
      {ring}
      <path d="m2.8 9.2 6.4-6.4" stroke="currentColor" strokeWidth="1.5" />
    </>
  ),
};

/** The glyph of a state; decoration beside its word. */
export function Glyph({ kind }: { kind: SessionViewKind }) {
  return (
    <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true" focusable="false">
      {shapes[kind]}
    </svg>
  );
}
