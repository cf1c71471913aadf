/** The page's own main process for Activity: search, removal, export and comparison over the runs that the scenario has. */
import type { SpecboardApi } from '../../../src-shared/contract/api.ts';
import type { Reply } from '../../../src-shared/contract/errors.ts';
import type { FinalState, Language, StoredOutput } from '../../../src-shared/domain/execution.ts';
import { refuse, type ScenarioMain } from './main-process.ts';

type Called = (name: string, input: unknown) => Promise<void>;
const ok = <T>(value: T): Reply<T> => ({ ok: true, value: structuredClone(value) });

/** Operations on the output of executions that are not in the scenario's first file. */
export function savedOutput(
  main: ScenarioMain,
  called: Called,
): Pick<SpecboardApi['executions'], 'saveOutput'> {
  return {
    async saveOutput(input) {
      await called('executions.saveOutput', input);
      const run = main.running.get(input.executionId);
      if (!run) return refuse('not-found', 'There is no such execution.');
      return ok({ fileName: `run ${run.execution.number} output.txt`, bytes: run.execution.outputBytes });
    },
  };
}

/** Where things are, and profiles as a file. */
export function dataMethods(main: ScenarioMain, called: Called): SpecboardApi['data'] {
  return {
    async places() {
      return ok([
        {
          place: 'database' as const,
          path: '/home/someone/.config/SpecBoard/specboard.db',
          bytes: 48_234_496,
          atLeast: false,
        },
        {
          place: 'logs' as const,
          path: '/home/someone/.config/SpecBoard/logs',
          bytes: 412_000,
          atLeast: false,
        },
        {
          place: 'sandboxes' as const,
          path: '/home/someone/.config/SpecBoard/sandboxes',
          bytes: 1_200_000_000,
          atLeast: true,
        },
      ]);
    },
    async reveal(input) {
      await called('data.reveal', input);
      return ok(null);
    },
    async exportProfiles(input) {
      await called('data.exportProfiles', input);
      const profiles = main.status.profiles.map(({ name }) => ({ name, leftOut: [] }));
      return ok({ fileName: 'specboard-profiles.json', bytes: 812, profiles });
    },
    async importProfiles(input) {
      await called('data.importProfiles', input);
      const profile = main.addProfile('Work (2)', 'e2b', { timeoutMinutes: 30 });
      main.push();
      return ok({
        fileName: 'specboard-profiles.json',
        imported: [
          {
            profileId: profile.id,
            name: 'Work (2)',
            driverType: 'e2b' as const,
            renamedFrom: 'Work',
            leftOut: [],
            keysNeeded: ['API key'],
            addresses: [],
          },
        ],
        refused: [{ name: 'Old one', reason: 'This version of SpecBoard has no driver for it.' }],
      });
    },
  };
}

/** Search, removal, export and preflight over the runs of the scenario. Words only: the real query language is main's. */
export function historyMethods(main: ScenarioMain, called: Called): SpecboardApi['history'] {
  const removed = (ids: readonly string[]) => {
    let outputBytes = 0;
    for (const id of ids) {
      outputBytes += main.running.get(id)?.execution.outputBytes ?? 0;
      main.running.delete(id);
    }
    main.status.executions = main.status.executions.filter(({ id }) => main.running.has(id));
    main.push();
    return ok({ executions: ids.length, outputBytes, running: 0 });
  };
  const ended = () => [...main.running.values()].filter(({ execution }) => execution.endedAt !== null);
  return {
    async search(input) {
      await called('history.search', input);
      if (main.options.searchFails) return { ok: false, error: main.options.searchFails };
      return ok(search(main, input));
    },
    async count(input) {
      await called('history.count', input);
      const found = ended().filter(({ execution }) => execution.startedAt < (input.before ?? Infinity));
      const outputBytes = found.reduce((sum, { execution }) => sum + execution.outputBytes, 0);
      return ok({ executions: found.length, outputBytes, running: main.running.size - ended().length });
    },
    async remove(input) {
      await called('history.remove', input);
      return removed(
        ended().flatMap(({ execution }) => (execution.startedAt < input.before ? [execution.id] : [])),
      );
    },
    async removeSession(input) {
      await called('history.removeSession', input);
      return removed(
        ended().flatMap(({ execution }) => (execution.sessionId === input.sessionId ? [execution.id] : [])),
      );
    },
    async removeExecution(input) {
      await called('history.removeExecution', input);
      return removed([input.executionId]);
    },
    async export(input) {
      await called('history.export', input);
      const extension = { ipynb: 'ipynb', markdown: 'md', text: 'txt' }[input.format];
      return ok({ fileName: `This computer 2026-11-29.${extension}`, bytes: 4096, executions: 3, cut: 0 });
    },
    async preflight(input) {
      await called('history.preflight', input);
      const isProfile = 'profileId' in input.target;
      return ok({
        differences: [
          { topic: 'driver' as const, from: 'This computer', to: isProfile ? 'E2B' : 'This computer' },
          { topic: 'interpreter' as const, from: 'Python 3.13.5', to: 'code-interpreter-v1' },
          { topic: 'network' as const, from: 'off', to: 'on' },
          { topic: 'variables' as const, missing: ['DATABASE_URL', 'REGION'], added: [] },
          { topic: 'files' as const, missing: ['data/sales.csv'], unknown: [] },
          { topic: 'fresh' as const },
        ],
      });
    },
  };
}

type SearchInput = Parameters<SpecboardApi['history']['search']>[0];

function search(main: ScenarioMain, input: SearchInput) {
  const words = (input.text ?? '').toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const matching = [...main.running.values()]
    .map((run) => ({ run, text: textOf(run.items) }))
    .filter(({ run: { execution }, text }) => {
      const session = main.status.sessions.find(({ id }) => id === execution.sessionId);
      const all = `${execution.code}\n${text}`.toLowerCase();
      return (
        words.every((word) => all.includes(word)) &&
        (!input.sessionId || execution.sessionId === input.sessionId) &&
        (!input.states || input.states.includes(execution.state)) &&
        (!input.languages || input.languages.includes(execution.language)) &&
        (!input.profileIds || input.profileIds.includes(session?.profileId ?? '')) &&
        (!input.driverTypes || (session && input.driverTypes.includes(session.driverType))) &&
        (input.from === undefined || execution.startedAt >= input.from) &&
        (input.to === undefined || execution.startedAt < input.to) &&
        (!input.sameCodeAs || execution.code === main.running.get(input.sameCodeAs)?.execution.code)
      );
    })
    .sort(
      (a, b) =>
        b.run.execution.startedAt - a.run.execution.startedAt ||
        b.run.execution.number - a.run.execution.number,
    );
  const start = Number(input.cursor ?? 0);
  const limit = input.limit ?? 50;
  const items = matching.slice(start, start + limit).map(({ run: { execution }, text }) => {
    const session = main.status.sessions.find(({ id }) => id === execution.sessionId);
    const firstLine = execution.code.trimStart().split('\n', 1)[0] ?? '';
    return {
      id: execution.id,
      sessionId: execution.sessionId,
      number: execution.number,
      language: execution.language,
      state: execution.state,
      startedAt: execution.startedAt,
      endedAt: execution.endedAt,
      durationMs: execution.result?.durationMs ?? null,
      exitCode: execution.result?.exitCode ?? null,
      outputBytes: execution.outputBytes,
      profileId: session?.profileId ?? null,
      profileName: session?.profileName ?? 'A profile that was deleted',
      driverType: session?.driverType ?? ('local' as const),
      sessionStartedAt: session?.startedAt ?? execution.startedAt,
      firstLine: { text: firstLine, marks: marksIn(firstLine, words) },
      code: null,
      output: words.length > 0 ? snippet(text, words) : null,
    };
  });
  return {
    items,
    next: start + limit < matching.length ? String(start + limit) : null,
    total: input.cursor === undefined ? matching.length : null,
    unindexed: main.options.unindexed ?? 0,
  };
}

function textOf(items: readonly StoredOutput[]): string {
  const decoder = new TextDecoder();
  return items
    .map(({ event }) => (event.type === 'text' ? decoder.decode(event.bytes) : ''))
    .join('')
    .replace(/\u001b\[[0-9;]*m/g, '');
}

function snippet(text: string, words: readonly string[]) {
  const at = Math.min(...words.map((word) => text.toLowerCase().indexOf(word)).filter((index) => index >= 0));
  if (!Number.isFinite(at)) return null;
  const piece = text.slice(Math.max(0, at - 30), at + 120).replace(/\n/g, ' ');
  return { text: piece, marks: marksIn(piece, words) };
}

function marksIn(text: string, words: readonly string[]): [number, number][] {
  return words.flatMap((word): [number, number][] => {
    const at = text.toLowerCase().indexOf(word);
    return at < 0 ? [] : [[at, at + word.length]];
  });
}

/** What ran before: two profiles, three days, every state that has an end, and the same code twice. */
export function seedActivity(main: ScenarioMain): void {
  const now = new Date(main.status.at).setHours(14, 30, 0, 0);
  const [local] = main.status.profiles;
  if (!local) return;
  const cloud = main.addProfile('Forschungsumgebung', 'e2b', {});
  cloud.credentials = [{ field: 'apiKey', state: 'stored', storedAt: now }];
  const live = main.addSession(local, { startedAt: now - 3_600_000 });
  const ended = { status: 'disconnected' as const, reason: { text: 'Ended by you' } };
  const yesterday = main.addSession(cloud, {
    ...ended,
    startedAt: now - 86_400_000,
    endedAt: now - 80_000_000,
  });
  const older = main.addSession(local, {
    ...ended,
    startedAt: now - 5 * 86_400_000,
    endedAt: now - 4 * 86_400_000,
  });
  const table =
    'city      sales   share\nBerlin     3702    0.21\nLagos      4936    0.31\nOsaka      6170    0.41\n';
  const code = 'import pandas as pd\ndf = pd.read_csv("data/sales.csv")\ndf.groupby("city").sum()\n';
  add(main, older.id, 1, now - 5 * 86_400_000, code, table.replace('4936', '4811'), 'succeeded', 812);
  add(
    main,
    older.id,
    2,
    now - 5 * 86_400_000 + 60_000,
    'print(open("نص/ملاحظات.txt").read())',
    'مرحبا بالعالم\n',
    'succeeded',
    40,
  );
  add(
    main,
    yesterday.id,
    1,
    now - 86_000_000,
    'pip list --outdated | head -20',
    'numpy 2.3.1 2.3.5\nERROR: no network\n',
    'failed',
    2400,
    'shell',
    3,
  );
  add(
    main,
    yesterday.id,
    2,
    now - 85_900_000,
    'train(model, epochs=400, callbacks=[EarlyStopping(patience=12)])',
    'epoch 12 loss=0.021\n',
    'timed-out',
    600_000,
  );
  add(main, yesterday.id, 3, now - 85_000_000, 'while True: pass', '', 'cancelled', 5_300);
  add(
    main,
    live.id,
    1,
    now - 3_000_000,
    'df = load()\nint("twelve")',
    "Traceback (most recent call last):\n  ValueError: invalid literal for int() with base 10: 'twelve'\nAn error in line 2\n",
    'failed',
    31,
  );
  add(main, live.id, 2, now - 2_400_000, code, table, 'succeeded', 640);
  add(
    main,
    live.id,
    3,
    now - 1_200_000,
    'for step in range(3):\n    print(f"step {step}, error={1 / (step + 1):.3f}")',
    'step 0, error=1.000\nstep 1, error=0.500\nstep 2, error=0.333\n',
    'succeeded',
    12,
  );
  add(
    main,
    live.id,
    4,
    now - 600_000,
    'ls -la ~/data && du -sh ~/data',
    'total 48\ndrwxr-xr-x 2 user user 4096 sales.csv\n',
    'succeeded',
    9,
    'shell',
    0,
  );
}

function add(
  main: ScenarioMain,
  sessionId: string,
  number: number,
  startedAt: number,
  code: string,
  output: string,
  state: FinalState,
  durationMs: number,
  language: Language = 'python',
  exitCode?: number,
): void {
  const id = crypto.randomUUID();
  const bytes = new TextEncoder().encode(output);
  const result = { state, durationMs, ...(exitCode === undefined ? {} : { exitCode }) };
  const execution = {
    id,
    sessionId,
    number,
    language,
    code,
    state,
    startedAt,
    endedAt: startedAt + durationMs,
    result,
    outputBytes: bytes.length,
    outputCount: bytes.length > 0 ? 1 : 0,
  };
  const event = { type: 'text' as const, stream: 'stdout' as const, bytes };
  main.running.set(id, {
    execution,
    items: bytes.length > 0 ? [{ seq: 0, at: startedAt, event }] : [],
    readers: new Set(),
    cancel: new AbortController(),
    force: new AbortController(),
  });
}
