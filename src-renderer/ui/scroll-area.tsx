/** A scroll container that the keyboard reaches: focusable, named, with its one child as the content. */
import type { ReactNode, Ref } from 'react';

/** `label` names it for assistive technology. */
export function ScrollArea({
  label,
  ref,
  className,
  children,
}: {
  label: string;
  ref?: Ref<HTMLDivElement>;
  className?: string | undefined;
  children: ReactNode;
}) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and keys must reach it
    <div ref={ref} className={className} tabIndex={0} role="group" aria-label={label}>
      {children}
    </div>
  );
}
