/** Buttons: one primary action a view, secondary for the rest, quiet in bars and rows, danger where something is lost. */
import type { ReactNode } from 'react';
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from 'react-aria-components/Button';
import { Tooltip, TooltipTrigger } from 'react-aria-components/Tooltip';
import styles from './button.module.css';
import { cx } from './cx.ts';

/** Looks of a button. */
export type ButtonLook = 'primary' | 'secondary' | 'quiet' | 'danger';

/** A text button. */
export interface ButtonProps extends Omit<AriaButtonProps, 'className' | 'style' | 'children'> {
  look?: ButtonLook;
  icon?: ReactNode;
  /** Shown after a moment of hovering or focus. */
  tooltip?: string;
  children?: ReactNode;
  className?: string;
}

/** A button with text and, where it helps, an icon before it. */
export function Button({ look = 'secondary', icon, tooltip, children, className, ...props }: ButtonProps) {
  const button = (
    <AriaButton {...props} className={cx(styles.button, styles[look], className)}>
      {icon}
      {children !== undefined && <span className={styles.text}>{children}</span>}
    </AriaButton>
  );
  return tooltip ? <WithTooltip text={tooltip}>{button}</WithTooltip> : button;
}

/** A square button with an icon only; `label` is its name and its tooltip. */
export function IconButton({
  label,
  icon,
  look = 'quiet',
  className,
  ...props
}: Omit<ButtonProps, 'tooltip' | 'children'> & { label: string }) {
  return (
    <WithTooltip text={label}>
      <AriaButton
        {...props}
        aria-label={label}
        className={cx(styles.button, styles[look], styles.icon, className)}
      >
        {icon}
      </AriaButton>
    </WithTooltip>
  );
}

/** Gives a focusable child a tooltip. */
export function WithTooltip({ text, children }: { text: string; children: ReactNode }) {
  return (
    <TooltipTrigger delay={600}>
      {children}
      <Tooltip className={cx(styles.tooltip)} offset={6}>
        {text}
      </Tooltip>
    </TooltipTrigger>
  );
}
