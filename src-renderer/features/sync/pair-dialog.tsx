/** Pairs a folder that the person chose with one in the sandbox. Nothing is synced by that: the plan comes next. */
import { FolderOpen } from 'lucide-react';
import { useState } from 'react';
import { type Problem, toProblem } from '../../../src-shared/contract/errors.ts';
import type { SyncMode } from '../../../src-shared/domain/sync.ts';
import { useApp } from '../../app/app-context.tsx';
import { syncMessages as words } from '../../messages/sync.ts';
import { Button } from '../../ui/button.tsx';
import { ComboInput } from '../../ui/combo-box.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { visiblePath } from '../files/visible-name.ts';
import { ProblemNotice } from '../problem/problem-notice.tsx';
import { ModeChoice } from './mode-choice.tsx';
import styles from './sync.module.css';

/** See the head of the file. */
export function PairDialog({ sessionId, onClose }: { sessionId: string; onClose: () => void }) {
  const { bridge, actions } = useApp();
  const [local, setLocal] = useState<string | null>(null);
  const [remote, setRemote] = useState('');
  const [isOwn, setOwn] = useState(false);
  const [mode, setMode] = useState<SyncMode>('two-way');
  const [folders, setFolders] = useState<readonly string[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const choose = async () => {
    const chosen = await actions.attempt('shell.chooseFolder', {});
    if (chosen === null || chosen === undefined) return;
    setLocal(chosen);
    // Of the same name, unless the person has typed another.
    if (!isOwn) setRemote(lastPart(chosen));
  };
  const lookForFolders = () => {
    if (folders !== null) return;
    setFolders([]);
    bridge.call('files.list', { sessionId, path: '.' }).then(
      ({ items }) => setFolders(items.filter(({ type }) => type === 'directory').map(({ name }) => name)),
      () => {},
    );
  };
  const add = async () => {
    if (local === null || remote.trim() === '') return;
    setBusy(true);
    try {
      const root = await bridge.call('sync.add', {
        sessionId,
        localPath: local,
        remotePath: remote.trim(),
        mode,
      });
      onClose();
      actions.showSync('plan', root.id);
    } catch (error) {
      setProblem(toProblem(error));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={words.pairTitle}
      closeLabel={words.close}
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>{words.cancel}</Button>
          <Button
            look="primary"
            type="submit"
            form="sync-pair"
            isDisabled={busy || local === null || remote.trim() === ''}
          >
            {words.next}
          </Button>
        </>
      }
    >
      <form
        id="sync-pair"
        className={styles.stack}
        onSubmit={(event) => {
          event.preventDefault();
          void add();
        }}
      >
        {problem && <ProblemNotice problem={problem} />}
        <fieldset className={styles.chosen}>
          <legend>{words.localFolder}</legend>
          <Button autoFocus icon={<FolderOpen size={16} aria-hidden />} onPress={() => void choose()}>
            {words.chooseFolder}
          </Button>
          <bdi className={styles.chosenPath}>{local === null ? words.noFolder : visiblePath(local)}</bdi>
        </fieldset>
        <ComboInput
          label={words.remoteFolder}
          help={words.remoteHelp}
          value={remote}
          offered={folders ?? []}
          empty={words.noFolders}
          showLabel={words.showFolders}
          onOpen={lookForFolders}
          onChange={(text) => {
            setRemote(text);
            if (local === null || text !== lastPart(local)) setOwn(text !== '');
          }}
        />
        <ModeChoice value={mode} onChange={setMode} />
        <p className={styles.muted}>{words.pairHelp}</p>
      </form>
    </Dialog>
  );
}

/** The name of a folder of this computer, whatever system it has. */
function lastPart(path: string): string {
  return path.split(/[\\/]/).findLast((part) => part !== '' && !part.endsWith(':')) ?? '.';
}
