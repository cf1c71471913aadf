/** Facts of the shown session: what it runs on, until when, within which limits, and where its ports can be reached. */
import { Copy, X } from 'lucide-react';
import { useMemo } from 'react';
import { useApp, useStatus } from '../../app/app-context.tsx';
import { inspectorMessages as words } from '../../messages/inspector.ts';
import { IconButton } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import styles from './inspector.module.css';
import { Ports } from './ports.tsx';
import { type Fact, sessionFacts } from './session-facts.ts';

/** See the head of the file. */
export function Inspector({ sessionId }: { sessionId: string }) {
  const { ui } = useApp();
  const session = useStatus(({ status }) => status?.sessions.find(({ id }) => id === sessionId));
  const profile = useStatus(({ status }) => status?.profiles.find(({ id }) => id === session?.profileId));
  const manifest = useStatus(({ drivers }) => drivers.find(({ type }) => type === session?.driverType));
  // Renders with every change of the session: its last activity is one of the facts.
  const model = useMemo(
    () => (session ? sessionFacts(session, profile?.settings ?? null, manifest, Date.now()) : null),
    [session, profile, manifest],
  );
  if (!model || !session) return null;
  return (
    <aside className={styles.inspector} aria-label={words.title} data-region="inspector" tabIndex={-1}>
      <div className={styles.head}>
        <h2>{words.title}</h2>
        <IconButton
          label={words.close}
          icon={<X size={16} aria-hidden />}
          onPress={() => ui.setState({ inspectorOpen: false })}
        />
      </div>
      <div className={styles.scroll}>
        <Facts title={words.facts} facts={model.facts} />
        {model.limits.length > 0 && <Facts title={words.limits} facts={model.limits} />}
        {session.status === 'active' && manifest?.capabilities.ports === true && (
          <Ports key={sessionId} sessionId={sessionId} named={model.ports} />
        )}
      </div>
    </aside>
  );
}

function Facts({ title, facts }: { title: string; facts: readonly Fact[] }) {
  return (
    <section className={styles.section}>
      <h3>{title}</h3>
      <dl className={styles.facts}>
        {facts.map(({ id, label, value, help, mono, copy }) => (
          <div key={id}>
            <dt>{label}</dt>
            <dd title={help ?? value} className={cx(mono && styles.mono)}>
              <bdi>{value}</bdi>
              {copy && (
                <IconButton
                  label={words.copy(label)}
                  icon={<Copy size={14} aria-hidden />}
                  className={cx(styles.copy)}
                  onPress={() => void navigator.clipboard.writeText(value)}
                />
              )}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
