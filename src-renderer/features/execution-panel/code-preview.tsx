/** The code of a run, first lines only until asked for more. */
import { useState } from 'react';
import { runMessages as words } from '../../messages/run.ts';
import { Button } from '../../ui/button.tsx';
import styles from './execution-panel.module.css';

const firstLines = 3;
const longest = 50_000;

/** Draws `code`. */
export function CodePreview({ code }: { code: string }) {
  const [open, setOpen] = useState(false);
  const lines = code.slice(0, longest).trimEnd().split('\n');
  const long = lines.length > firstLines;
  return (
    <div className={styles.code}>
      <pre>{(open ? lines : lines.slice(0, firstLines)).join('\n')}</pre>
      {long && (
        <Button look="quiet" aria-expanded={open} onPress={() => setOpen(!open)}>
          {open ? words.hideCode : words.showCode}
        </Button>
      )}
    </div>
  );
}
