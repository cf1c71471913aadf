/** An error of the person's code: name and message first, the traceback folded behind a click. */
import { ChevronDown, ChevronRight } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { CodeError } from '../../../src-shared/domain/execution.ts';
import { runMessages as words } from '../../messages/run.ts';
import { plainText, spansOf } from '../../stores/output/ansi.ts';
import { Button } from '../../ui/button.tsx';
import styles from './output.module.css';

const longestTraceback = 200_000;

/** Draws `error`. */
export function ErrorPart({ error }: { error: CodeError }) {
  const [open, setOpen] = useState(false);
  const lines = useMemo(() => error.traceback.slice(0, longestTraceback).split('\n'), [error]);
  const Icon = open ? ChevronDown : ChevronRight;
  return (
    <div className={styles.error}>
      <p className={styles.errorLine}>
        <strong>{plainText(error.name)}</strong>
        {error.value !== '' && <span>{plainText(error.value)}</span>}
        {error.line !== undefined && <span className={styles.quiet}>{words.errorAtLine(error.line)}</span>}
      </p>
      {error.traceback !== '' && (
        <Button
          look="quiet"
          icon={<Icon size={14} aria-hidden />}
          aria-expanded={open}
          onPress={() => setOpen(!open)}
          className={styles.fold ?? ''}
        >
          {open ? words.hideTraceback : words.showTraceback}
        </Button>
      )}
      {open && (
        <pre className={styles.traceback}>
          {lines.map((line, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place
            <div key={index}>
              {spansOf(line, '').map((span, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: spans have no identity of their own
                <span key={at} className={span.className} style={{ color: span.color }}>
                  {span.text}
                </span>
              ))}
            </div>
          ))}
        </pre>
      )}
    </div>
  );
}
