/** Changes how the files of a pair move. */
import { useState } from 'react';
import type { SyncRoot } from '../../../src-shared/domain/sync.ts';
import { useApp } from '../../app/app-context.tsx';
import { syncMessages as words } from '../../messages/sync.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ModeChoice } from './mode-choice.tsx';
import styles from './sync.module.css';

/** See the head of the file. */
export function ModeDialog({ root, onClose }: { root: SyncRoot; onClose: () => void }) {
  const { actions } = useApp();
  const [mode, setMode] = useState(root.mode);
  return (
    <Dialog
      title={words.modeTitle}
      closeLabel={words.close}
      onClose={onClose}
      footer={
        <>
          <Button onPress={onClose}>{words.cancel}</Button>
          <Button
            look={mode.startsWith('mirror') ? 'danger' : 'primary'}
            isDisabled={mode === root.mode}
            onPress={() => {
              onClose();
              void actions.attempt('sync.update', { rootId: root.id, mode });
            }}
          >
            {words.modeConfirm}
          </Button>
        </>
      }
    >
      <div className={styles.stack}>
        <ModeChoice value={mode} onChange={setMode} />
      </div>
    </Dialog>
  );
}
