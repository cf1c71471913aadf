/** Waits for an element that another tab brings along: its code may have to be loaded first. */

/**
 * Calls `then` as soon as there is one, looking once a frame; gives up after `withinMs`. Not before the next frame: what is
 * there now may belong to a view that is just leaving.
 */
export function whenThere(selector: string, withinMs: number, then: (element: HTMLElement) => void): void {
  const until = performance.now() + withinMs;
  const look = () => {
    const element = document.querySelector<HTMLElement>(selector);
    if (element) then(element);
    else if (performance.now() < until) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}
