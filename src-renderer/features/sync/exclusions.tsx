/** What of a pair is left out: the usual things, secrets, .gitignore files and own patterns; and which of them leaves out a path. */
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { toProblem } from '../../../src-shared/contract/errors.ts';
import type { OperationOutput } from '../../../src-shared/contract/operations.ts';
import type { SyncExclusions } from '../../../src-shared/domain/sync.ts';
import { useApp } from '../../app/app-context.tsx';
import { syncMessages as words } from '../../messages/sync.ts';
import { Button } from '../../ui/button.tsx';
import { TextArea, TextInput, Toggle } from '../../ui/field.tsx';
import { visiblePath } from '../files/visible-name.ts';
import styles from './sync.module.css';
import { useRoot } from './use-root.ts';

/** `choice` chooses another part. */
export function SyncExclusionsPart({ rootId, choice }: { rootId: string; choice: ReactNode }) {
  const { bridge, actions } = useApp();
  const root = useRoot(rootId);
  // What was just switched, until the main process says the same.
  const [switched, setSwitched] = useState<Partial<SyncExclusions>>({});
  const [lists, setLists] = useState<OperationOutput<'sync.defaults'> | null>(null);
  useEffect(() => {
    // Without them, the switches still say what they are about.
    bridge.call('sync.defaults', {}).then(setLists, () => {});
  }, [bridge]);
  if (!root) return null;
  const exclusions = { ...root.exclusions, ...switched };
  const onSwitch = async (name: Switch, on: boolean) => {
    setSwitched((old) => ({ ...old, [name]: on }));
    await actions.attempt('sync.update', { rootId, exclusions: { ...exclusions, [name]: on } });
    setSwitched(({ [name]: _done, ...rest }) => rest);
  };
  const rule = { exclusions, onSwitch };
  return (
    <>
      <div className={styles.bar}>{choice}</div>
      <div className={styles.form}>
        <Rule {...rule} name="defaults" patterns={lists?.defaults} />
        <Rule {...rule} name="secrets" patterns={lists?.secrets} />
        <Rule {...rule} name="gitignore" />
        <Patterns rootId={rootId} exclusions={exclusions} />
        <Why rootId={rootId} />
      </div>
    </>
  );
}

type Switch = 'defaults' | 'secrets' | 'gitignore';

function Rule({
  exclusions,
  name,
  patterns,
  onSwitch,
}: {
  exclusions: SyncExclusions;
  name: Switch;
  patterns?: readonly string[] | undefined;
  onSwitch: (name: Switch, on: boolean) => Promise<void>;
}) {
  return (
    <div>
      <Toggle
        label={words[name]}
        help={words[`${name}Help`]}
        checked={exclusions[name]}
        onChange={(on) => void onSwitch(name, on)}
      />
      {patterns && (
        <details className={styles.patterns}>
          <summary>{words.showPatterns(patterns.length)}</summary>
          <p>{patterns.join('  ')}</p>
        </details>
      )}
    </div>
  );
}

/** Own patterns are saved by the person: half a pattern must not count. */
function Patterns({ rootId, exclusions }: { rootId: string; exclusions: SyncExclusions }) {
  const { bridge } = useApp();
  const form = useRef<HTMLFormElement>(null);
  const [state, setState] = useState<'same' | 'changed' | 'saved'>('same');
  const [error, setError] = useState<string | undefined>();
  const save = async () => {
    const text = String(new FormData(form.current ?? undefined).get('patterns') ?? '');
    const patterns = text.split('\n').filter((line) => line.trim() !== '');
    try {
      await bridge.call('sync.update', { rootId, exclusions: { ...exclusions, patterns } });
      setError(undefined);
      setState('saved');
    } catch (problem) {
      setError(toProblem(problem).message);
    }
  };
  return (
    <form
      ref={form}
      className={styles.stack}
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <TextArea
        name="patterns"
        label={words.patterns}
        help={words.patternsHelp}
        error={error}
        defaultValue={exclusions.patterns.join('\n')}
        onChange={() => setState('changed')}
      />
      <p className={styles.state}>
        <Button type="submit" isDisabled={state !== 'changed'}>
          {words.save}
        </Button>
        <span role="status">{state === 'saved' && words.saved}</span>
      </p>
    </form>
  );
}

function Why({ rootId }: { rootId: string }) {
  const { bridge } = useApp();
  const [path, setPath] = useState('');
  const [answer, setAnswer] = useState('');
  const ask = async () => {
    try {
      const why = await bridge.call('sync.why', { rootId, path: path.trim() });
      setAnswer(
        why
          ? words.whyFound(
              why.pattern,
              why.source,
              why.line,
              why.folder === null ? null : visiblePath(why.folder),
            )
          : words.whyNone(visiblePath(path)),
      );
    } catch (problem) {
      setAnswer(toProblem(problem).message);
    }
  };
  return (
    <form
      className={styles.stack}
      onSubmit={(event) => {
        event.preventDefault();
        if (path.trim() !== '') void ask();
      }}
    >
      <TextInput
        label={words.why}
        help={words.whyHelp}
        value={path}
        dir="auto"
        maxLength={4096}
        onChange={(event) => {
          setPath(event.target.value);
          setAnswer('');
        }}
        suffix={<Button type="submit">{words.whyAsk}</Button>}
      />
      <p role="status" className={styles.answer}>
        {answer}
      </p>
    </form>
  );
}
