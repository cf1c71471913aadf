/**
 * Counts React commits of a part of the window as performance marks. React calls back in profiling builds only (tests alias
 * react-dom/profiling), so that this costs nothing in the app.
 */
import { Profiler, type ReactNode } from 'react';

/** Marks `commit:<id>` for every commit inside of `children`. */
export function Measured({ id, children }: { id: string; children: ReactNode }) {
  return (
    <Profiler id={id} onRender={markCommit}>
      {children}
    </Profiler>
  );
}

function markCommit(id: string): void {
  performance.mark(`commit:${id}`);
}
