/**
 * `window.specboard` without Electron: the contract of the bridge over a main process that lives in the page. Bundled to one
 * script and injected before the page's own (tests/support/renderer-page.ts), so that the real build is what is tested.
 */
import type { SpecboardApi, StreamHandle, StreamObserver } from '../../src-shared/contract/api.ts';
import type { Reply } from '../../src-shared/contract/errors.ts';
import type { ExecutionResult } from '../../src-shared/domain/execution.ts';
import type { JsonObject } from '../../src-shared/domain/json.ts';
import { dataMethods, historyMethods, savedOutput, seedActivity } from './scenario/activity.ts';
import { fileMethods, transferStreams } from './scenario/files.ts';
import { type Reader, refuse, ScenarioMain, type ScenarioOptions, sleep } from './scenario/main-process.ts';
import { bareManifest, manifests } from './scenario/manifests.ts';
import { measure } from './scenario/readings.ts';
import { portMethods, sessionLife } from './scenario/session-life.ts';
import { resetSettings, shellMethods } from './scenario/shell.ts';
import { storedOutputMethods } from './scenario/stored-output.ts';
import { seedSync, syncMethods } from './scenario/sync.ts';
import { terminalMethods } from './scenario/terminals.ts';

declare global {
  interface Window {
    /** For tests: the main process of the scenario, and what was asked of it. */
    scenario: { main: ScenarioMain; calls: { name: string; input: unknown }[]; metricsOpen: number };
  }
}

const ok = <T>(value: T): Reply<T> => ({ ok: true, value: structuredClone(value) });
const creditWindow = 1_048_576;

/** Puts the scenario's bridge on `window`. */
export function installScenario(options: ScenarioOptions): void {
  const main = new ScenarioMain(options);
  if (options.activity) seedActivity(main);
  if (options.sync) seedSync(main, options.sync);
  const scenario: Window['scenario'] = { main, calls: [], metricsOpen: 0 };
  const called = async (name: string, input: unknown) => {
    // Keys are never kept, not even in a test's log.
    scenario.calls.push({ name, input: name === 'credentials.set' ? null : input });
    await sleep(0);
  };
  const api = createApi(main, called, scenario);
  Object.assign(window, { specboard: api, scenario });
}

function createApi(
  main: ScenarioMain,
  called: (name: string, input: unknown) => Promise<void>,
  scenario: Window['scenario'],
): SpecboardApi {
  const { status } = main;
  return {
    runtime: { platform: 'linux', versions: { app: '0.1.0', electron: '45.4.1', chrome: '150', node: '24' } },
    onStatus(listener) {
      main.listeners.add(listener);
      queueMicrotask(() => listener(structuredClone(status)));
      return () => main.listeners.delete(listener);
    },
    onCommand(listener) {
      main.commands.add(listener);
      return () => main.commands.delete(listener);
    },
    async connect({ profileId, consent }) {
      await called('connect', { profileId, consent });
      return main.connect(profileId, consent ?? false);
    },
    async disconnect(input) {
      await called('disconnect', input);
      return main.disconnect(input.sessionId);
    },
    async status() {
      return ok(status);
    },
    execute({ sessionId, language, code }, observer) {
      return follow(main, observer, (reader) => main.execute(sessionId, language, code, reader).id);
    },
    attach({ executionId, fromSeq }, observer) {
      void called('attach', { executionId, fromSeq });
      return follow(main, observer, (reader) => {
        const run = main.running.get(executionId);
        if (!run) throw new Error('No such execution.');
        void reader.deliver(run.items.filter(({ seq }) => seq >= fromSeq));
        if (run.execution.result) reader.end(run.execution.result);
        else run.readers.add(reader);
        return executionId;
      });
    },
    metrics(_input, observer) {
      return measure(main, observer, scenario);
    },
    ...transferStreams(main.files, called),
    files: fileMethods(main.files, called),
    ...terminalMethods(main, called),
    drivers: {
      async list() {
        return ok(main.options.bare ? manifests.map(bareManifest) : manifests);
      },
    },
    profiles: profileMethods(main, called),
    credentials: credentialMethods(main, called),
    ports: portMethods(called),
    sessions: {
      ...sessionLife(main, called),
      async list() {
        return ok(status.sessions);
      },
      async reattach(input) {
        await called('sessions.reattach', input);
        return main.connect(status.sessions.find(({ id }) => id === input.sessionId)?.profileId ?? '', false);
      },
      async endSandbox(input) {
        await called('sessions.endSandbox', input);
        const session = status.sessions.find(({ id }) => id === input.sessionId);
        if (!session) throw new Error('no such session');
        session.metadata = { ...session.metadata, left: 'end' };
        main.push();
        return ok(session);
      },
      async dismiss(input) {
        await called('sessions.dismiss', input);
        status.sessions = status.sessions.filter(({ id }) => id !== input.sessionId);
        main.push();
        return ok(null);
      },
    },
    sandboxes: {
      async list(input) {
        await called('sandboxes.list', input);
        if (main.options.listFails) return { ok: false, error: main.options.listFails };
        return ok(main.sandboxes);
      },
      async attach(input) {
        await called('sandboxes.attach', input);
        return main.connect(input.profileId, false);
      },
      async end(input) {
        await called('sandboxes.end', input);
        main.sandboxes = main.sandboxes.filter(({ sandboxId }) => sandboxId !== input.sandboxId);
        return ok(null);
      },
    },
    executions: {
      ...storedOutputMethods(main, called),
      ...savedOutput(main, called),
      async list({ sessionId }) {
        const all = [...main.running.values()].map(({ execution }) => execution);
        return ok(all.filter((execution) => !sessionId || execution.sessionId === sessionId).reverse());
      },
      async get({ executionId }) {
        const run = main.running.get(executionId);
        return run ? ok(run.execution) : refuse('not-found', 'There is no such execution.');
      },
      async cancel(input) {
        await called('executions.cancel', input);
        main.cancel(input.executionId, input.force ?? false);
        return ok(null);
      },
    },
    data: dataMethods(main, called),
    history: historyMethods(main, called),
    sync: syncMethods(main, called),
    questions: {
      async answer(input) {
        await called('questions.answer', input);
        status.questions = status.questions.filter(({ id }) => id !== input.questionId);
        main.push();
        main.answers.get(input.questionId)?.(input.answer);
        return ok(null);
      },
    },
    settings: {
      async reset() {
        await called('settings.reset', {});
        return ok(resetSettings(main));
      },
      async get() {
        return ok(status.settings);
      },
      async update(input) {
        await called('settings.update', input);
        Object.assign(status.settings, input);
        main.push();
        return ok(status.settings);
      },
    },
    shell: {
      ...shellMethods(main, called),
      async openExternal(input) {
        await called('shell.openExternal', input);
        return ok(null);
      },
      async chooseFolder() {
        await called('shell.chooseFolder', {});
        return ok('/home/someone/projects');
      },
    },
  };
}

type Called = (name: string, input: unknown) => Promise<void>;

function profileMethods(main: ScenarioMain, called: Called): SpecboardApi['profiles'] {
  const { status } = main;
  const checked = (name: string | undefined, given: unknown) => {
    const settings = given as Record<string, unknown> | undefined;
    const fields: Record<string, string> = {};
    if (name !== undefined && name.trim() === '') fields.name = 'Enter a name.';
    const minutes = settings?.timeoutMinutes;
    if (minutes !== undefined && !(typeof minutes === 'number' && minutes >= 1 && minutes <= 1440)) {
      fields.timeoutMinutes = 'Enter a number of minutes from 1 to 1440.';
    }
    return Object.keys(fields).length > 0
      ? refuse('invalid', 'Some fields need a change.', { fields })
      : null;
  };
  return {
    async create(input) {
      await called('profiles.create', input);
      if (main.options.createFails) return { ok: false, error: main.options.createFails };
      const refused = checked(input.name, input.settings);
      if (refused) return refused;
      const profile = main.addProfile(input.name, input.driverType, input.settings as JsonObject);
      main.push();
      return ok(profile);
    },
    async update(input) {
      await called('profiles.update', input);
      const refused = checked(input.name, input.settings);
      if (refused) return refused;
      const profile = main.profile(input.profileId);
      if (input.name !== undefined) profile.name = input.name;
      if (input.settings) profile.settings = input.settings as JsonObject;
      main.push();
      return ok(profile);
    },
    async duplicate({ profileId }) {
      await called('profiles.duplicate', { profileId });
      const source = main.profile(profileId);
      const copy = main.addProfile(`${source.name} (copy)`, source.driverType, source.settings);
      main.push();
      return ok(copy);
    },
    async remove({ profileId }) {
      await called('profiles.remove', { profileId });
      status.profiles = status.profiles.filter(({ id }) => id !== profileId);
      main.push();
      return ok(null);
    },
    async setDefault({ profileId }) {
      await called('profiles.setDefault', { profileId });
      for (const profile of status.profiles) profile.isDefault = profile.id === profileId;
      main.push();
      return ok(main.profile(profileId));
    },
    async suggest(input) {
      await called('profiles.suggest', input);
      const { suggestFails, suggestMs } = main.options;
      await sleep(suggestMs ?? 0);
      return suggestFails
        ? { ok: false, error: suggestFails }
        : ok(['python:3.13-slim', 'python:3.12-slim', 'quay.io/jupyter/scipy-notebook:latest']);
    },
    async test({ profileId }) {
      await called('profiles.test', { profileId });
      if (main.options.report) return ok(main.options.report);
      const profile = main.profile(profileId);
      const required = manifests
        .find(({ type }) => type === profile.driverType)
        ?.credentials.filter((field) => field.required);
      const isSet = !required?.some(({ name }) =>
        profile.credentials.some(({ field, state }) => field === name && state === 'missing'),
      );
      return ok(
        isSet
          ? { ok: true, message: 'E2B answers; the key is valid.' }
          : { ok: false, message: 'There is no API key.', hint: 'Enter one and test again.' },
      );
    },
  };
}

function credentialMethods(main: ScenarioMain, called: Called): SpecboardApi['credentials'] {
  const { status } = main;
  return {
    async set({ profileId, values, sessionOnly }) {
      await called('credentials.set', null);
      if (status.secrets.state !== 'available' && !sessionOnly) {
        const code = status.secrets.state === 'locked' ? 'keyring-locked' : 'keyring-missing';
        return refuse(code, status.secrets.message ?? '', { hint: status.secrets.hint ?? '' });
      }
      const profile = main.profile(profileId);
      for (const [field, value] of Object.entries(values)) {
        main.storedKeys.push({ profileId, field, length: value.length, sessionOnly: sessionOnly ?? false });
        profile.credentials = profile.credentials.map((presence) =>
          presence.field === field
            ? { field, state: sessionOnly ? 'session' : 'stored', storedAt: sessionOnly ? null : Date.now() }
            : presence,
        );
      }
      main.push();
      return ok(profile);
    },
    async clear({ profileId, field }) {
      await called('credentials.clear', { profileId, field });
      const profile = main.profile(profileId);
      profile.credentials = profile.credentials.map((presence) =>
        field === undefined || presence.field === field
          ? { field: presence.field, state: 'missing', storedAt: null }
          : presence,
      );
      main.push();
      return ok(profile);
    },
    async refresh() {
      await called('credentials.refresh', {});
      return ok(status.secrets);
    },
  };
}

/** A stream over a run: open, data with back-pressure, one end. */
function follow(
  main: ScenarioMain,
  observer: StreamObserver<'execute'> | StreamObserver<'attach'>,
  start: (reader: Reader) => string,
): StreamHandle<'execute'> & StreamHandle<'attach'> {
  let finish: (reply: Reply<ExecutionResult>) => void = () => {};
  const done = new Promise<Reply<ExecutionResult>>((resolve) => {
    finish = resolve;
  });
  let id: string | null = null;
  let closed = false;
  let ahead = 0;
  let wake: () => void = () => {};
  const reader: Reader = {
    async deliver(items) {
      if (closed || items.length === 0) return;
      const bytes = items.reduce(
        (sum, { event }) => sum + (event.type === 'text' ? event.bytes.length : 100),
        0,
      );
      ahead += bytes;
      void Promise.resolve(observer.onData(items)).then(() => {
        ahead -= bytes;
        wake();
      });
      while (ahead > creditWindow && !closed) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    end(result) {
      if (!closed) setTimeout(() => finish({ ok: true, value: result }), 0);
    },
  };
  setTimeout(() => {
    if (closed) return;
    try {
      id = start(reader);
      const execution = main.running.get(id)?.execution;
      if (execution) observer.onOpen?.(structuredClone(execution));
    } catch (error) {
      finish(refuse('not-found', String(error)));
    }
  }, 5);
  return {
    done,
    cancel: (force) => {
      if (id !== null) main.cancel(id, force);
    },
    close: () => {
      closed = true;
      wake();
      finish(refuse('cancelled', 'Closed.'));
    },
  };
}
