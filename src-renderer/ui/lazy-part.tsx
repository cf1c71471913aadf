/** Parts whose code is loaded when they are shown first. Unlike React's own `lazy`, one that could not be loaded can be tried again. */
import { type ComponentType, createElement, lazy } from 'react';

/** Rises with every word of a person to try again. */
let attempt = 0;

/** What could not be loaded is asked for anew when it is drawn next. */
export function retryLoads(): void {
  attempt += 1;
}

/** A component that `load` brings; to be drawn inside of a Suspense. */
export function lazyPart<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let failedAt: number | null = null;
  const make = () =>
    lazy(async () => {
      try {
        return { default: await load() };
      } catch (error) {
        failedAt = attempt;
        throw error;
      }
    });
  let inner = make();
  // biome-ignore lint/correctness/noComponentHookFactories: made once a module, as `lazy` itself does
  return function LazyPart(props: P) {
    // React keeps a failed load for ever: only a new one can succeed. Never without being asked, or it would go on and on.
    if (failedAt !== null && attempt > failedAt) {
      failedAt = null;
      inner = make();
    }
    return createElement(inner as unknown as ComponentType<P>, props);
  };
}
