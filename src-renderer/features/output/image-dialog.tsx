/** An image enlarged: fit, 100 %, 200 % and steps between, moved by dragging, by the wheel and by the arrow keys. */
import { ZoomIn, ZoomOut } from 'lucide-react';
import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef, useState } from 'react';
import { formatCount } from '../../messages/format.ts';
import { outputMessages as words } from '../../messages/output.ts';
import { shellMessages } from '../../messages/shell.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import styles from './image-dialog.module.css';

const steps = [0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 8];

/** `actions` stand beside the zoom buttons. */
export function ImageDialog({
  source,
  alt,
  actions,
  onClose,
}: {
  source: string;
  alt: string;
  actions: ReactNode;
  onClose: () => void;
}) {
  /** Null: as large as fits. */
  const [zoom, setZoom] = useState<number | null>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const area = useRef<HTMLDivElement>(null);
  const image = useRef<HTMLImageElement>(null);
  const drag = useRef<{ x: number; y: number } | null>(null);
  const now = () => zoom ?? (size.width > 0 ? (image.current?.clientWidth ?? size.width) / size.width : 1);
  const step = (direction: 1 | -1) => {
    const current = now();
    const next =
      direction === 1
        ? steps.find((value) => value > current + 0.01)
        : steps.findLast((value) => value < current - 0.01);
    if (next !== undefined) setZoom(next);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === '+' || event.key === '=') step(1);
    else if (event.key === '-') step(-1);
    else if (event.key === '0') setZoom(null);
    else if (event.key === '1') setZoom(1);
    else if (event.key === '2') setZoom(2);
    else return;
    event.preventDefault();
  };
  const onMove = (event: PointerEvent) => {
    const from = drag.current;
    if (!from || !area.current) return;
    area.current.scrollLeft -= event.clientX - from.x;
    area.current.scrollTop -= event.clientY - from.y;
    drag.current = { x: event.clientX, y: event.clientY };
  };
  return (
    <Dialog size="large" title={alt || words.imageTitle} closeLabel={shellMessages.close} onClose={onClose}>
      <div className={styles.view}>
        <div className={styles.bar}>
          <IconButton
            label={words.zoomOut}
            icon={<ZoomOut size={16} aria-hidden />}
            onPress={() => step(-1)}
          />
          <IconButton label={words.zoomIn} icon={<ZoomIn size={16} aria-hidden />} onPress={() => step(1)} />
          <Button
            look="quiet"
            tooltip={words.fitTitle}
            aria-pressed={zoom === null}
            onPress={() => setZoom(null)}
          >
            {words.fit}
          </Button>
          <Button
            look="quiet"
            tooltip={words.actualSizeTitle}
            aria-pressed={zoom === 1}
            onPress={() => setZoom(1)}
          >
            {words.actualSize}
          </Button>
          <Button
            look="quiet"
            tooltip={words.doubleSizeTitle}
            aria-pressed={zoom === 2}
            onPress={() => setZoom(2)}
          >
            {words.doubleSize}
          </Button>
          <output className={styles.size}>
            {zoom !== null && words.zoomed(formatCount(Math.round(zoom * 100)))}
          </output>
          <span className={styles.grow} />
          {actions}
        </div>
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms */}
        <div
          ref={area}
          role="group"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and keys must reach it
          tabIndex={0}
          aria-label={words.imageView}
          className={styles.area}
          onKeyDown={onKey}
          onPointerDown={(event) => {
            drag.current = { x: event.clientX, y: event.clientY };
            event.currentTarget.setPointerCapture(event.pointerId);
          }}
          onPointerMove={onMove}
          onPointerUp={() => {
            drag.current = null;
          }}
        >
          <img
            ref={image}
            src={source}
            alt={alt}
            draggable={false}
            className={zoom === null ? styles.fit : styles.exact}
            style={
              zoom === null || size.width === 0
                ? undefined
                : { width: size.width * zoom, height: size.height * zoom }
            }
            onLoad={(event) => {
              const { naturalWidth, naturalHeight } = event.currentTarget;
              setSize({ width: naturalWidth || 300, height: naturalHeight || 150 });
            }}
          />
        </div>
      </div>
    </Dialog>
  );
}
