/** JSON as a tree that opens and closes (native details elements). */
import type { Json } from '../../../src-shared/domain/json.ts';
import { plainText } from '../../stores/output/ansi.ts';
import styles from './output.module.css';

const mostChildren = 200;
const deepest = 40;

/** Draws `value`; the first level is open. */
export function JsonView({ value }: { value: Json }) {
  return (
    <div className={styles.json}>
      <Node name={null} value={value} depth={0} />
    </div>
  );
}

function Node({ name, value, depth }: { name: string | null; value: Json; depth: number }) {
  const label = name === null ? null : <span className={styles.jsonKey}>{`${plainText(name)}: `}</span>;
  if (typeof value !== 'object' || value === null || depth > deepest) {
    return (
      <div>
        {label}
        <span>{plainText(JSON.stringify(value)).slice(0, 2000)}</span>
      </div>
    );
  }
  const isArray = Array.isArray(value);
  const entries = Object.entries(value);
  const summary = isArray ? `[${entries.length}]` : `{${entries.length}}`;
  return (
    <details open={depth === 0}>
      <summary>
        {label}
        <span className={styles.quiet}>{summary}</span>
      </summary>
      <div className={styles.jsonChildren}>
        {entries.slice(0, mostChildren).map(([key, child]) => (
          <Node key={key} name={key} value={child} depth={depth + 1} />
        ))}
        {entries.length > mostChildren && <span className={styles.quiet}>…</span>}
      </div>
    </details>
  );
}
