/** What the test of a profile found: one sentence, or, where the driver says more, each part with its own way out. */
import { CircleCheck, CircleX } from 'lucide-react';
import type { ProfileReport } from '../../../src-shared/domain/profile.ts';
import { profileMessages as words } from '../../messages/profile.ts';
import { Notice } from '../../ui/notice.tsx';
import styles from './profile-editor.module.css';

/** See the head of the file. */
export function TestReport({ report }: { report: ProfileReport }) {
  const { ok, message, hint, parts } = report;
  return (
    <div role="status">
      <Notice level={ok ? 'info' : 'error'} title={ok ? words.testOk : words.testFailed}>
        {parts === undefined || parts.length === 0 ? (
          <>
            <p>{message}</p>
            {hint !== undefined && <p>{hint}</p>}
          </>
        ) : (
          <ul className={styles.parts}>
            {parts.map((part) => (
              <li key={part.name} data-ok={part.ok}>
                {part.ok ? <CircleCheck size={14} aria-hidden /> : <CircleX size={14} aria-hidden />}
                <div>
                  <strong>{part.name}</strong>
                  <span className={styles.partState}> {part.ok ? words.partOk : words.partFailed}</span>
                  <p>{part.message}</p>
                  {part.hint !== undefined && <p className={styles.help}>{part.hint}</p>}
                </div>
              </li>
            ))}
          </ul>
        )}
      </Notice>
    </div>
  );
}
