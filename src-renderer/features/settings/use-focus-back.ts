/** Brings the focus back when something that had it goes away: a dialog without the focus hears no Escape. */
import { type RefObject, useEffect } from 'react';

/** While `element` is there, nothing; when it is gone and the focus with it, to the control that opened it (`data-opener`). */
export function useFocusBack(element: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const scope = element.current?.parentElement;
    return () => {
      requestAnimationFrame(() => {
        if (document.activeElement !== document.body) return;
        const opener = scope?.querySelector<HTMLElement>('[data-opener]') ?? scope?.querySelector('button');
        (opener ?? document.querySelector<HTMLElement>('[data-settings-content]'))?.focus();
      });
    };
  }, [element]);
}
