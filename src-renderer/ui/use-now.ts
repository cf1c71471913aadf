/** Time for components that show it. Only leaves use it, so that a tick re-renders one word. */
import { useEffect, useState } from 'react';

/** ms since the epoch, renewed every `interval` ms while `active`. */
export function useNow(interval: number, active = true): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!active) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), interval);
    return () => clearInterval(timer);
  }, [interval, active]);
  return now;
}

/** True from `at` on (ms since the epoch); null means never. */
export function useReached(at: number | null): boolean {
  const [reached, setReached] = useState(() => at !== null && Date.now() >= at);
  useEffect(() => {
    if (at === null) {
      setReached(false);
      return;
    }
    const wait = at - Date.now();
    setReached(wait <= 0);
    if (wait <= 0) return;
    // Longer waits than a timer can count are re-armed when the session changes; a day is enough for a window.
    const timer = setTimeout(() => setReached(true), Math.min(wait, 86_400_000));
    return () => clearTimeout(timer);
  }, [at]);
  return reached;
}
