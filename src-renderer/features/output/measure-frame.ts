/**
 * How high a document of a frame is. The frame that is shown cannot be asked (it has no origin), so a twin of it is laid out
 * for a moment: out of sight and reach, with our origin so that it can be measured, and still without scripts.
 */

/** Height in pixels at a width; null where it cannot be told. */
export function measureFrame(source: string, width: number, signal: AbortSignal): Promise<number | null> {
  return new Promise((resolve) => {
    const frame = document.createElement('iframe');
    // Nothing in the window can find it there.
    const holder = document.createElement('div');
    holder.attachShadow({ mode: 'closed' }).append(frame);
    const finish = (height: number | null) => {
      holder.remove();
      resolve(height);
    };
    frame.setAttribute('sandbox', 'allow-same-origin');
    frame.setAttribute('aria-hidden', 'true');
    frame.inert = true;
    frame.tabIndex = -1;
    frame.style.cssText = `position:fixed;left:-99999px;top:0;visibility:hidden;border:0;width:${width}px;height:10px`;
    signal.addEventListener('abort', () => finish(null), { once: true });
    frame.addEventListener(
      'load',
      () => {
        const page = frame.contentDocument?.documentElement;
        finish(page ? page.scrollHeight + 2 : null);
      },
      { once: true },
    );
    frame.srcdoc = source;
    document.body.append(holder);
  });
}
