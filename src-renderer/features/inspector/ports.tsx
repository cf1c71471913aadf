/** Ports of a sandbox: those that the profile names, and any other by its number. An address is asked for by a click. */
import { Copy, ExternalLink } from 'lucide-react';
import { useState } from 'react';
import { type Problem, toProblem } from '../../../src-shared/contract/errors.ts';
import { useApp } from '../../app/app-context.tsx';
import { inspectorMessages as words } from '../../messages/inspector.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { TextInput } from '../../ui/field.tsx';
import { ProblemNotice } from '../problem/problem-notice.tsx';
import styles from './inspector.module.css';

interface Found {
  port: number;
  url: string;
  note: string | null;
}

/** `named` are the profile's. Give it a `key` with the session's id. */
export function Ports({ sessionId, named }: { sessionId: string; named: readonly number[] }) {
  const { bridge, actions } = useApp();
  const [found, setFound] = useState<readonly Found[]>([]);
  const [asking, setAsking] = useState<number | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [text, setText] = useState('');
  const [isBad, setBad] = useState(false);
  const ask = async (port: number) => {
    setAsking(port);
    setProblem(null);
    try {
      const { url, note } = await bridge.call('ports.address', { sessionId, port });
      setFound((before) => [...before.filter((one) => one.port !== port), { port, url, note }]);
      setText('');
    } catch (error) {
      setProblem(toProblem(error));
    }
    setAsking(null);
  };
  const waiting = named.filter((port) => !found.some((one) => one.port === port));
  return (
    <section className={styles.section}>
      <h3>{words.ports}</h3>
      <p className={styles.help}>{words.portsHelp}</p>
      <ul className={styles.ports}>
        {found.map(({ port, url, note }) => (
          <li key={port}>
            <span className={styles.portRow}>
              <span className={styles.number}>{port}</span>
              <bdi className={styles.url} title={url}>
                {url}
              </bdi>
              <IconButton
                label={words.copyAddress(port)}
                icon={<Copy size={14} aria-hidden />}
                onPress={() => void navigator.clipboard.writeText(url)}
              />
              <IconButton
                label={words.openLinkOf(port)}
                icon={<ExternalLink size={14} aria-hidden />}
                onPress={() => void actions.attempt('shell.openExternal', { url })}
              />
            </span>
            {note !== null && <p className={styles.help}>{note}</p>}
          </li>
        ))}
        {waiting.map((port) => (
          <li key={port}>
            <span className={styles.portRow}>
              <span className={styles.number}>{port}</span>
              <Button
                aria-label={words.addressOf(port)}
                isPending={asking === port}
                onPress={() => void ask(port)}
              >
                {asking === port ? words.findingPort : words.openPort}
              </Button>
            </span>
          </li>
        ))}
      </ul>
      {problem && <ProblemNotice problem={problem} onDismiss={() => setProblem(null)} />}
      <form
        className={styles.openPort}
        onSubmit={(event) => {
          event.preventDefault();
          const port = Number(text);
          const isPort = Number.isInteger(port) && port >= 1 && port <= 65_535;
          setBad(!isPort);
          if (isPort) void ask(port);
        }}
      >
        <TextInput
          label={words.port}
          value={text}
          inputMode="numeric"
          onChange={(event) => {
            setText(event.target.value);
            setBad(false);
          }}
          {...(isBad ? { error: words.badPort } : {})}
        />
        <Button type="submit" isPending={asking !== null}>
          {asking === null ? words.openPort : words.findingPort}
        </Button>
      </form>
    </section>
  );
}
