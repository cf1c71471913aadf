/** The entries of the menus of a run: export, save, delete. */
import { exportFormats } from '../../../src-shared/contract/history-operations.ts';
import type { App } from '../../app/app-context.tsx';
import { forgetRuns } from '../../app/forget-runs.ts';
import { activityMessages as words } from '../../messages/activity.ts';
import type { MenuEntry } from '../../ui/menu.tsx';

/** The session and the run in each format, and the output as it came. */
export function exportEntries(app: App, sessionId: string, executionId: string): MenuEntry[] {
  const { actions, announcer } = app;
  const save = async (
    what: { sessionId: string } | { executionIds: string[] },
    format: (typeof exportFormats)[number],
  ) => {
    const saved = await actions.attempt('history.export', { what, format });
    if (saved) announcer.say('export', words.exported(saved.fileName, saved.executions, saved.cut));
  };
  return [
    ...exportFormats.map((format) => ({
      id: `session-${format}`,
      label: words.exportSession[format],
      onAction: () => void save({ sessionId }, format),
    })),
    ...exportFormats.map((format) => ({
      id: `run-${format}`,
      label: words.exportRun[format],
      onAction: () => void save({ executionIds: [executionId] }, format),
    })),
    {
      id: 'output',
      label: words.saveOutput,
      onAction: () =>
        void actions.attempt('executions.saveOutput', { executionId }).then((saved) => {
          if (saved) announcer.say('export', words.savedOutput(saved.fileName));
        }),
    },
  ];
}

/** Deleting asks first, and says how much it takes. */
export function removeEntries(app: App, sessionId: string, executionId: string, number: number): MenuEntry[] {
  const { actions } = app;
  const ask = (title: string, body: string, onConfirm: () => Promise<void>) =>
    actions.openDialog({
      type: 'confirm',
      title,
      body,
      confirm: words.removeConfirm,
      danger: true,
      onConfirm: () => void onConfirm(),
    });
  return [
    {
      id: 'remove',
      label: words.remove,
      danger: true,
      onAction: () =>
        ask(words.removeTitle(number), words.removeBody, async () => {
          const removed = await actions.attempt('history.removeExecution', { executionId });
          if (removed) await forgetRuns(app, (run) => run.executionId === executionId);
        }),
    },
    {
      id: 'remove-session',
      label: words.removeSession,
      danger: true,
      onAction: () =>
        void actions.attempt('history.count', { sessionId }).then((amount) => {
          if (!amount) return;
          ask(
            words.removeSessionTitle(amount.executions),
            words.removeSessionBody(amount.outputBytes, amount.running),
            async () => {
              const removed = await actions.attempt('history.removeSession', { sessionId });
              if (removed)
                await forgetRuns(app, (run) => run.sessionId === sessionId && run.endedAt !== null);
            },
          );
        }),
    },
  ];
}
