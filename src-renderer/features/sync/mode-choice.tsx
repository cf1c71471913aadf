/** The modes as radio buttons, each with a sentence; a mirror says what it deletes. */
import { type SyncMode, syncModes } from '../../../src-shared/domain/sync.ts';
import { syncMessages as words } from '../../messages/sync.ts';
import { Notice } from '../../ui/notice.tsx';
import { RadioRows } from '../../ui/radio-rows.tsx';

/** See the head of the file. */
export function ModeChoice({ value, onChange }: { value: SyncMode; onChange: (mode: SyncMode) => void }) {
  return (
    <>
      <RadioRows
        label={words.mode}
        value={value}
        options={syncModes.map((mode) => ({
          value: mode,
          label: words.modes[mode],
          help: words.modeHelp[mode],
        }))}
        onChange={onChange}
      />
      {(value === 'mirror-upload' || value === 'mirror-download') && (
        <Notice level="warning" title={words.mirrorWarning[value]}>
          <p>{words.mirrorKept}</p>
        </Notice>
      )}
    </>
  );
}
