/** A scroll container that the keyboard reaches: focusable, named, with its one child as the content. */
import type { ReactNode, Ref } from 'react';

/** `label` names it for assistive technology. */
export function ScrollArea({
  label,
  ref,
  className,
  onScroll,
  children,
}: {
  label: string;
  ref?: Ref<HTMLDivElement>;
  className?: string | undefined;
  onScroll?: () => void;
  children: ReactNode;
}) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <div
      ref={ref}
      className={className}
      {...(onScroll ? { onScroll } : {})}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and keys must reach it
      tabIndex={0}
      role="group"
      aria-label={label}
    >
      {children}
    </div>
  );
}
