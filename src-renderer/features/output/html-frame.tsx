/** HTML output in a frame that may do nothing: no scripts, no forms, no navigation, no network. As high as its content, to a limit. */
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { cspNonce } from '../../csp-nonce.ts';
import { outputMessages as words } from '../../messages/output.ts';
import { Button } from '../../ui/button.tsx';
import { measureFrame } from './measure-frame.ts';
import styles from './output.module.css';
import { frameDocument } from './sanitize-html.ts';
import { useWidth } from './use-width.ts';
import { type FormChoice, ValueFigure } from './value-figure.tsx';

const smallest = 48;
/** Higher content scrolls, until it is asked for in full. */
const limit = 400;
const largest = 20_000;

/** Draws `html`. */
export function HtmlFrame({
  html,
  choice,
  actions,
}: {
  html: string;
  choice: FormChoice | null;
  actions: ReactNode;
}) {
  const [large, setLarge] = useState(false);
  const [content, setContent] = useState<number | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const source = useMemo(() => frameDocument(html, cspNonce), [html]);
  useEffect(() => {
    const stop = new AbortController();
    void measureFrame(source, width, stop.signal).then((height) => {
      if (height !== null) setContent(height);
    });
    return () => stop.abort();
  }, [source, width]);
  const wanted = Math.max(smallest, Math.min(largest, content ?? 160));
  return (
    <ValueFigure
      choice={choice}
      caption={words.htmlFrame}
      actions={
        <>
          {wanted > limit && (
            <Button look="quiet" onPress={() => setLarge(!large)}>
              {large ? words.shrink : words.enlarge}
            </Button>
          )}
          {actions}
        </>
      }
    >
      <div ref={box} className={styles.frameBox}>
        <iframe
          className={styles.frame}
          title={words.htmlFrame}
          sandbox=""
          srcDoc={source}
          referrerPolicy="no-referrer"
          style={{ height: large ? wanted : Math.min(wanted, limit) }}
        />
      </div>
    </ValueFigure>
  );
}
