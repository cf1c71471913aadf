/** What answers each operation of the bridge: one line each, straight to a service. Groups are in handlers/. */
import type { OperationHandlers } from '../ipc/register.ts';
import { ChosenFolders } from './chosen-folders.ts';
import type { Core } from './create-core.ts';
import type { DesktopServices } from './desktop-services.ts';
import { createDataHandlers } from './handlers/data-handlers.ts';
import { createFileHandlers } from './handlers/file-handlers.ts';
import { createHistoryHandlers } from './handlers/history-handlers.ts';
import { createOutputHandlers } from './handlers/output-handlers.ts';
import { createSessionHandlers } from './handlers/session-handlers.ts';
import { createShellHandlers } from './handlers/shell-handlers.ts';
import { createSyncHandlers } from './handlers/sync-handlers.ts';
import { createTerminalHandlers } from './handlers/terminal-handlers.ts';

const testDeadlineMs = 30_000;
/** The form goes on without suggestions: nobody waits for a slow engine. */
const suggestDeadlineMs = 10_000;

/** Builds the handlers. Inputs are checked by the contract before they get here. */
export function createOperationHandlers(core: Core, desktop: DesktopServices): OperationHandlers {
  const { profiles, sessions, sandboxes, executions, questions, settings, registry, hub, db } = core;
  const folders = new ChosenFolders(core);
  return {
    ...createSessionHandlers(core),
    ...createTerminalHandlers(core),
    ...createFileHandlers(core),
    ...createHistoryHandlers(core, desktop),
    ...createOutputHandlers(core, desktop),
    ...createDataHandlers(core, desktop),
    ...createShellHandlers(core, desktop),
    ...createSyncHandlers(core, folders),

    connect: ({ profileId, consent }) => core.connect(profileId, consent === undefined ? {} : { consent }),
    disconnect: ({ sessionId, keep }) => sessions.disconnect(sessionId, { keep }),
    status: () => hub.current,

    'drivers.list': () => registry.manifests(),

    'profiles.create': ({ isDefault, ...input }) => {
      folders.check(input.driverType, input.settings);
      return profiles.create({ ...input, ...(isDefault === undefined ? {} : { isDefault }) });
    },
    'profiles.update': ({ profileId, name, settings: changed }) => {
      const { driverType, settings: before } = profiles.stored(profileId);
      if (changed) folders.check(driverType, changed, before);
      return profiles.update(profileId, { name, settings: changed });
    },
    'profiles.duplicate': ({ profileId }) => profiles.duplicate(profileId),
    'profiles.remove': async ({ profileId }) => {
      await profiles.remove(profileId);
      return null;
    },
    'profiles.setDefault': ({ profileId }) => profiles.setDefault(profileId),
    'profiles.test': ({ profileId }) => profiles.test(profileId, AbortSignal.timeout(testDeadlineMs)),
    'profiles.suggest': (about) => profiles.suggest(about, AbortSignal.timeout(suggestDeadlineMs)),

    'credentials.set': ({ profileId, values, sessionOnly }) =>
      profiles.setCredentials(profileId, values, { sessionOnly: sessionOnly ?? false }),
    'credentials.clear': ({ profileId, field }) => profiles.clearCredentials(profileId, field),
    'credentials.refresh': () => core.refreshSecrets(),

    'sessions.list': ({ limit }) => db.sessions.list(limit ?? 100),
    'sessions.reattach': ({ sessionId }) => sessions.reattach(sessionId),
    'sessions.endSandbox': ({ sessionId }) => core.endSandbox(sessionId),
    'sessions.dismiss': ({ sessionId, force }) => {
      sessions.dismiss(sessionId, { force });
      return null;
    },

    'sandboxes.list': ({ profileId }) => sandboxes.list(profileId),
    'sandboxes.attach': ({ profileId, sandboxId }) => sandboxes.attach(profileId, sandboxId),
    'sandboxes.end': async ({ profileId, sandboxId }) => {
      await sandboxes.end(profileId, sandboxId);
      return null;
    },

    'executions.list': (filter) => db.executions.list(filter),
    'executions.get': ({ executionId }) => executions.get(executionId),
    'executions.output': ({ executionId, fromSeq, maxBytes }) => {
      executions.get(executionId);
      return db.executions.readOutput(executionId, fromSeq, maxBytes);
    },
    'executions.cancel': ({ executionId, force }) => {
      executions.cancel(executionId, { force: force ?? false });
      return null;
    },
    'questions.answer': ({ questionId, answer }) => {
      questions.answer(questionId, answer);
      return null;
    },

    'settings.get': () => settings.get(),
    'settings.update': (patch) => settings.update(patch),

    'shell.openExternal': async ({ url }) => {
      await desktop.openExternal(url);
      return null;
    },
    'shell.chooseFolder': async (_input, caller) =>
      folders.remember(await desktop.chooseFolder(caller.windowId)),
  };
}
