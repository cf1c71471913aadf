/** The 12 px glyphs of the session states: told apart by shape, colour only helps. */
import type { SessionViewKind } from './session-view.ts';

const ring = <circle cx="6" cy="6" r="4.5" fill="none" stroke="currentColor" strokeWidth="1.5" />;

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
  stopping: (
    <circle
      cx="6"
      cy="6"
      r="4.5"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeDasharray="1.6 1.93"
    />
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
