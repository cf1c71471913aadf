/**
 * A part whose size a person chooses, with the line at its edge that is dragged: by mouse, by arrow keys when it has the focus (Home
 * and End for the smallest and largest), back to the usual size by a double click. What stands beside it takes the rest.
 */
import { type KeyboardEvent, type PointerEvent, type ReactNode, useId, useRef, useState } from 'react';
import { cx } from './cx.ts';
import styles from './resizable.module.css';

/** Pixels of a press of an arrow key. */
const step = 24;

/** `size` is where it begins, `usual` what a double click goes back to; both in `unit`. `min`, `max` and `rest` are pixels. */
export interface ResizableProps {
  /** `x`: its width; `y`: its height. */
  axis: 'x' | 'y';
  /** Where the line is. */
  edge: 'start' | 'end';
  /** Names the line: what it changes. */
  label: string;
  unit: 'px' | '%';
  size: number;
  usual: number;
  min: number;
  max?: number;
  /** What is left to the rest at least. */
  rest: number;
  /** The person has chosen. */
  onSize: (size: number) => void;
  className?: string | undefined;
  children: ReactNode;
}

/** See the head of the file. Stands in a flex box of that direction, whose other child grows. */
export function Resizable({
  axis,
  edge,
  label,
  unit,
  size,
  usual,
  min,
  max,
  rest,
  onSize,
  className,
  children,
}: ResizableProps) {
  const id = useId();
  const [now, setNow] = useState(size);
  const box = useRef<HTMLDivElement>(null);
  const drag = useRef<{ from: number; pixels: number } | null>(null);
  const lengthOf = (element: Element | null | undefined) =>
    element?.getBoundingClientRect()[axis === 'x' ? 'width' : 'height'] ?? 0;
  const whole = () => lengthOf(box.current?.parentElement);
  const most = () => Math.max(min, Math.min(max ?? Number.POSITIVE_INFINITY, whole() - rest));
  const choose = (pixels: number): number => {
    const held = Math.min(most(), Math.max(min, pixels));
    const value = unit === 'px' ? Math.round(held) : Math.round((held / (whole() || 1)) * 1000) / 10;
    setNow(value);
    return value;
  };
  const sign = edge === 'end' ? 1 : -1;
  const place = (event: PointerEvent) => (axis === 'x' ? event.clientX : event.clientY);
  const dragTo = (event: PointerEvent) => {
    if (!drag.current) return null;
    return choose(drag.current.pixels + sign * (place(event) - drag.current.from));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    const isAlong = /Left|Right/.test(event.key) === (axis === 'x');
    if (event.key === 'Home' || event.key === 'End') onSize(choose(event.key === 'Home' ? min : most()));
    else if (by !== undefined && isAlong) onSize(choose(lengthOf(box.current) + sign * by * step));
    else return;
    event.preventDefault();
  };
  const line = (
    // biome-ignore lint/a11y/useSemanticElements: a line that can be moved is no <hr>
    <div
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-controls={id}
      aria-orientation={axis === 'x' ? 'vertical' : 'horizontal'}
      aria-valuenow={Math.round(now)}
      {...(unit === 'px'
        ? { 'aria-valuemin': min, ...(max === undefined ? {} : { 'aria-valuemax': max }) }
        : {})}
      className={styles.line}
      onKeyDown={onKeyDown}
      onDoubleClick={() => onSize(choose(unit === 'px' ? usual : (usual / 100) * whole()))}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        // Not a selection of text; the focus comes along all the same.
        event.preventDefault();
        event.currentTarget.focus({ preventScroll: true });
        event.currentTarget.setPointerCapture(event.pointerId);
        drag.current = { from: place(event), pixels: lengthOf(box.current) };
        event.currentTarget.dataset.dragged = '';
      }}
      onPointerMove={(event) => void dragTo(event)}
      onLostPointerCapture={(event) => {
        const value = dragTo(event);
        drag.current = null;
        delete event.currentTarget.dataset.dragged;
        if (value !== null) onSize(value);
      }}
    />
  );
  const limit = {
    [axis === 'x' ? 'minWidth' : 'minHeight']: min,
    [axis === 'x' ? 'maxWidth' : 'maxHeight']: max,
  };
  return (
    <>
      {edge === 'start' && line}
      <div
        ref={box}
        id={id}
        className={cx(styles.box, className)}
        style={{ flexBasis: `${now}${unit}`, ...limit }}
      >
        {children}
      </div>
      {edge === 'end' && line}
    </>
  );
}
