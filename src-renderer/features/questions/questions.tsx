/**
 * What running code asks: missing packages. A dialog that is not modal, above the output: nothing takes the focus of a person
 * who types; the announcer says that a question waits.
 */
import { PackagePlus } from 'lucide-react';
import { useId, useState } from 'react';
import type { Question } from '../../../src-shared/domain/status.ts';
import { useApp, useStatus } from '../../app/app-context.tsx';
import { questionMessages as words } from '../../messages/questions.ts';
import { Button } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import styles from './questions.module.css';

/** The questions of one session, oldest first. */
export function Questions({ sessionId }: { sessionId: string }) {
  const questions = useStatus(
    ({ status }) => status?.questions.filter((q) => q.sessionId === sessionId) ?? [],
  );
  return questions.map((question) => <MissingPackages key={question.id} question={question} />);
}

function MissingPackages({ question }: { question: Question }) {
  const { actions } = useApp();
  const id = useId();
  const [answered, setAnswered] = useState(false);
  const suspicious = question.packages.some(({ trust }) => trust === 'suspicious');
  const allKnown = question.packages.every(({ trust }) => trust === 'known');
  const answer = async (value: 'install' | 'always' | 'skip') => {
    setAnswered(true);
    const done = await actions.attempt('questions.answer', { questionId: question.id, answer: value });
    if (done === undefined) setAnswered(false);
  };
  return (
    <div
      role="dialog"
      aria-modal="false"
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-body`}
      className={styles.question}
      data-region="question"
      tabIndex={-1}
    >
      <PackagePlus size={18} aria-hidden className={styles.icon} />
      <div className={styles.words}>
        <h2 id={`${id}-title`}>{words.title(question.packages.length)}</h2>
        <p id={`${id}-body`} className={cx(suspicious && styles.suspicious)}>
          {suspicious ? words.bodySuspicious : words.body}
        </p>
        <ul className={styles.packages}>
          {question.packages.map(({ module, distribution, trust }) => (
            <li key={module}>
              <code>{distribution}</code>
              {module !== distribution && <span>{words.importedAs(module)}</span>}
              <span className={cx(styles.trust, styles[trust])}>{words.trust[trust]}</span>
            </li>
          ))}
        </ul>
        <div className={styles.buttons}>
          <Button
            look={suspicious ? 'danger' : 'primary'}
            isDisabled={answered}
            onPress={() => void answer('install')}
          >
            {suspicious ? words.installAnyway : words.install}
          </Button>
          {allKnown && (
            <Button tooltip={words.alwaysHelp} isDisabled={answered} onPress={() => void answer('always')}>
              {words.always}
            </Button>
          )}
          <Button
            look={suspicious ? 'primary' : 'quiet'}
            isDisabled={answered}
            onPress={() => void answer('skip')}
          >
            {words.skip}
          </Button>
        </div>
      </div>
    </div>
  );
}
