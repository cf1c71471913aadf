/** What can be done with a run and its output: the frequent things as buttons, the rest in a menu. */
import { Check, Copy, Ellipsis, RotateCw, Search } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { useApp, useStatus } from '../../app/app-context.tsx';
import { runMessages as words } from '../../messages/run.ts';
import type { Run } from '../../stores/runs-store.ts';
import { IconButton } from '../../ui/button.tsx';
import { MenuButton, type MenuEntry } from '../../ui/menu.tsx';
import { useCopy } from '../output/use-copy.ts';
import type { Viewport } from '../output/viewport.ts';

/** More is for a file. */
const mostCopied = 32 * 1_048_576;
const never = () => () => {};

/** See the head of the file. */
export function BlockActions({
  run,
  draftKey,
  viewport,
  timestamps,
  onTimestamps,
  onFind,
}: {
  run: Run;
  draftKey: string;
  viewport: Viewport;
  timestamps: boolean;
  onTimestamps: (on: boolean) => void;
  onFind: () => void;
}) {
  const { actions, drafts, outputs, announcer } = useApp();
  const wrap = useStatus(({ status }) => status?.settings.wrapOutput ?? true);
  const [copied, copy] = useCopy();
  const { executionId, number } = run;
  const output = executionId === null ? null : outputs.get(executionId);
  const unfolded = useSyncExternalStore(output?.subscribe ?? never, () => output?.unfolded ?? false);
  const Icon = copied ? Check : Copy;
  const rerun = (
    <IconButton
      label={words.rerun}
      icon={<RotateCw size={14} aria-hidden />}
      onPress={() => void actions.runCode(run.language, run.code)}
    />
  );
  if (executionId === null || number === null || !output) return rerun;
  const copyOutput = async () => {
    try {
      const text = await outputs.textOf(executionId, mostCopied);
      if (text !== null) await copy(text);
      else {
        const problem = { code: 'invalid' as const, retryable: false };
        actions.showProblem({ ...problem, message: words.copyTooLong, hint: words.copyTooLongHint });
      }
    } catch {
      // Main could not read it; the output itself says so.
    }
  };
  const save = async () => {
    const saved = await actions.attempt('executions.saveOutput', { executionId });
    if (saved) announcer.say('saved', words.savedOutput(saved.fileName));
  };
  const showText = (which: 'first' | 'last') => {
    const texts = output.parts.filter((part) => part.kind === 'text');
    const part = which === 'first' ? texts[0] : texts.at(-1);
    if (part?.kind === 'text') viewport.showRow(part.buffer, which === 'first' ? 0 : part.buffer.rowCount);
  };
  const entries: MenuEntry[] = [
    {
      id: 'editor',
      label: words.openInEditor,
      onAction: () => {
        drafts.open(draftKey, words.draftOfRun(number), run.language, run.code);
        actions.showTab('run');
      },
    },
    { id: 'copy-code', label: words.copyCode, onAction: () => void copy(run.code) },
    { id: 'save', label: words.saveOutput, onAction: () => void save() },
    {
      id: 'full',
      label: words.openFull,
      onAction: () => actions.openDialog({ type: 'full-output', executionId }),
    },
    { id: 'start', label: words.toStart, onAction: () => showText('first') },
    { id: 'end', label: words.toBlockEnd, onAction: () => showText('last') },
    {
      id: 'wrap',
      label: wrap ? words.wrapOff : words.wrapOn,
      onAction: () => void actions.attempt('settings.update', { wrapOutput: !wrap }),
    },
    {
      id: 'times',
      label: timestamps ? words.timesOff : words.timesOn,
      onAction: () => onTimestamps(!timestamps),
    },
    {
      id: 'unfold',
      label: unfolded ? words.fold : words.unfold,
      onAction: () => output.setUnfolded(!unfolded),
    },
  ];
  return (
    <>
      <IconButton label={words.find} icon={<Search size={14} aria-hidden />} onPress={onFind} />
      {rerun}
      <IconButton
        label={copied ? words.copied : words.copyOutput}
        icon={<Icon size={14} aria-hidden />}
        onPress={() => void copyOutput()}
      />
      <MenuButton
        label={words.blockActions(number)}
        trigger={<IconButton label={words.blockActions(number)} icon={<Ellipsis size={14} aria-hidden />} />}
        entries={entries}
      />
    </>
  );
}
