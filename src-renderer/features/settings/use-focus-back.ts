/** Brings the focus back when something that had it goes away; else it would jump to the dialog's first button. */
import { type RefObject, useLayoutEffect } from 'react';

/** While `element` is there, nothing; when it goes with the focus inside, to the control that opened it (`data-opener`). */
export function useFocusBack(element: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const own = element.current;
    const scope = own?.parentElement;
    return () => {
      // It is still in the document now, and is not in a moment.
      if (!own?.contains(document.activeElement)) return;
      requestAnimationFrame(() => {
        const opener = scope?.querySelector<HTMLElement>('[data-opener]') ?? scope?.querySelector('button');
        (opener ?? document.querySelector<HTMLElement>('[data-settings-content]'))?.focus();
      });
    };
  }, [element]);
}
