/** HTML output in a frame that may do nothing: no scripts, no forms, no navigation, no network. */
import { useMemo, useState } from 'react';
import { cspNonce } from '../../csp-nonce.ts';
import { runMessages as words } from '../../messages/run.ts';
import { Button } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import styles from './output.module.css';
import { frameDocument } from './sanitize-html.ts';

/** Draws `html`. The frame cannot be measured from outside, so its height is a choice. */
export function HtmlFrame({ html }: { html: string }) {
  const [large, setLarge] = useState(false);
  const source = useMemo(() => frameDocument(html, cspNonce), [html]);
  return (
    <figure className={styles.frameBox}>
      <iframe
        className={cx(styles.frame, large && styles.frameLarge)}
        title={words.htmlFrame}
        sandbox=""
        srcDoc={source}
        referrerPolicy="no-referrer"
      />
      <figcaption className={styles.caption}>
        {words.htmlFrame}
        <Button look="quiet" onPress={() => setLarge(!large)}>
          {large ? words.shrink : words.enlarge}
        </Button>
      </figcaption>
    </figure>
  );
}
