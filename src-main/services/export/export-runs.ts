/** Exports a session, or single executions: reads them one by one and hands them to a format. */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { ExportFormat } from '../../../src-shared/contract/history-operations.ts';
import type { Execution } from '../../../src-shared/domain/execution.ts';
import type { Session } from '../../../src-shared/domain/session.ts';
import type { Database } from '../../db/connection.ts';
import { boundedOutput, exportLimits } from './bounded-output.ts';
import { type ExportHead, type ExportWriter, timeText } from './export-model.ts';
import { fileName, fileTime } from './file-name.ts';
import { markdownWriter } from './markdown.ts';
import { notebookWriter } from './notebook.ts';
import { textWriter } from './plain-text.ts';

/** What to export. */
export type ExportChoice = { sessionId: string } | { executionIds: readonly string[] };

/** An export that is ready to be written. */
export interface Export {
  suggestedName: string;
  executions: number;
  /** The file, piece by piece. */
  content(): AsyncGenerator<Uint8Array>;
  /** Executions that were cut so far; all of them when `content` has ended. */
  cut(): number;
}

/** What the formats are called and end in. */
export const formats: Readonly<
  Record<ExportFormat, { name: string; extension: string; writer: () => ExportWriter }>
> = {
  ipynb: { name: 'Jupyter notebook', extension: 'ipynb', writer: notebookWriter },
  markdown: { name: 'Markdown', extension: 'md', writer: markdownWriter },
  text: { name: 'Text', extension: 'txt', writer: textWriter },
};

/** Prepares an export. Throws `not-found` for what is not there, and where there is nothing to export. */
export function exportRuns(
  db: Database,
  choice: ExportChoice,
  format: ExportFormat,
  labels: DriverLabels,
): Export {
  const ids = idsOf(db, choice);
  const first = db.executions.get(ids[0] ?? '');
  if (!first) throw new SpecboardError('not-found', 'There is nothing to export: nothing was run there.');
  const sessions = sessionsOf(db, ids);
  const { extension, writer: create } = formats[format];
  const name = sessions.size === 1 ? ([...sessions.values()][0]?.profileName ?? 'Runs') : 'Runs';
  let cut = 0;
  return {
    suggestedName: fileName(`${name} ${fileTime(first.startedAt)}`, extension),
    executions: ids.length,
    cut: () => cut,
    async *content() {
      const writer = create();
      let room: number = exportLimits.totalBytes;
      yield Buffer.from(writer.begin(headOf(name, sessions, labels)));
      for (const [index, id] of ids.entries()) {
        const execution = db.executions.get(id);
        // Removed meanwhile.
        if (!execution) continue;
        const output = boundedOutput(db.history, execution, room);
        room -= output.bytes;
        if (output.isCut) cut += 1;
        const session = sessions.get(execution.sessionId) ?? null;
        yield Buffer.from(writer.run({ execution, session, output: output.events }, index));
        // The window goes on while a long session is written.
        await new Promise((resolve) => setImmediate(resolve));
      }
      yield Buffer.from(writer.end());
    },
  };
}

/** What drivers are called, by type. */
export type DriverLabels = ReadonlyMap<string, string>;

/** Oldest first: a file is read from the top. */
function idsOf(db: Database, choice: ExportChoice): string[] {
  if ('sessionId' in choice) {
    if (!db.sessions.get(choice.sessionId)) {
      throw new SpecboardError('not-found', 'There is no such session.');
    }
    return db.history.idsOfSession(choice.sessionId);
  }
  const found = choice.executionIds.map((id): Execution => {
    const execution = db.executions.get(id);
    if (!execution) throw new SpecboardError('not-found', 'One of these runs is no longer there.');
    return execution;
  });
  found.sort((a, b) => a.startedAt - b.startedAt || a.number - b.number);
  return [...new Set(found.map(({ id }) => id))];
}

function sessionsOf(db: Database, ids: readonly string[]): Map<string, Session> {
  const sessions = new Map<string, Session>();
  for (const id of ids) {
    const sessionId = db.executions.get(id)?.sessionId;
    const session =
      sessionId === undefined || sessions.has(sessionId) ? undefined : db.sessions.get(sessionId);
    if (session) sessions.set(session.id, session);
  }
  return sessions;
}

function headOf(name: string, sessions: ReadonlyMap<string, Session>, labels: DriverLabels): ExportHead {
  const lines = [...sessions.values()].map(({ profileName, driverType, startedAt }) => {
    const driver = labels.get(driverType) ?? driverType;
    return `${profileName} (${driver}), session of ${timeText(startedAt)}`;
  });
  return { title: name, lines: [...lines, 'Exported by SpecBoard'] };
}
