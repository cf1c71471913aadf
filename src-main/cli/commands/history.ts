/** `specboard history [list|show ID|export SESSION]`: every execution, with its output, also of sandboxes that are gone. */
import type { Execution } from '../../../src-shared/domain/execution.ts';
import type { Core } from '../../app/create-core.ts';
import { saveFile } from '../../services/export/save-file.ts';
import { findById } from '../find.ts';
import { printOutput } from '../print-output.ts';
import { plain, printJson, say, type Terminal, table, write } from '../terminal.ts';

/** Executions, newest first. */
export async function listHistory(
  core: Core,
  terminal: Terminal,
  options: { limit?: number },
): Promise<void> {
  const executions = core.db.executions.list({ limit: options.limit ?? 30 });
  if (terminal.json) return printJson(terminal, executions);
  if (executions.length === 0) {
    return write(terminal.stdout, "Nothing has been run yet. Try: specboard run -c 'print(6*7)'\n");
  }
  const rows = executions.map((execution) => [
    execution.id.slice(0, 8),
    new Date(execution.startedAt).toLocaleString(),
    execution.language,
    stateOf(execution),
    firstLine(execution.code),
  ]);
  await write(terminal.stdout, `${table([['ID', 'STARTED', 'LANGUAGE', 'STATE', 'CODE'], ...rows])}\n`);
}

/** One execution with its whole output, as it was printed. */
export async function showHistory(core: Core, terminal: Terminal, id: string): Promise<void> {
  const execution = findById(core.db.executions.list({ limit: 500 }), id, 'execution');
  if (terminal.json) await printJson(terminal, { type: 'execution', execution });
  else
    await say(
      terminal,
      `[specboard] ${execution.language}, ${stateOf(execution)}, ${new Date(execution.startedAt).toLocaleString()}`,
    );
  const never = new AbortController().signal;
  for await (const items of core.executions.follow(execution.id, 0, { patient: true, signal: never })) {
    await printOutput(terminal, items);
  }
}

function stateOf(execution: Execution): string {
  const code = execution.result?.exitCode;
  return execution.state === 'failed' && code ? `failed (${code})` : execution.state;
}

function firstLine(code: string): string {
  const line = code.trim().split('\n', 1)[0] ?? '';
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}

/** Formats by what they are called on the command line. */
const exportFormats = { ipynb: 'ipynb', md: 'markdown', txt: 'text' } as const;
/** One of them. */
export type CliExportFormat = keyof typeof exportFormats;

/** A session as a notebook, Markdown or text: to a file, or to standard output. */
export async function exportHistory(
  core: Core,
  terminal: Terminal,
  id: string,
  options: { format: CliExportFormat; out?: string; force?: boolean },
  signal: AbortSignal,
): Promise<void> {
  const session = findById(core.db.sessions.list(100_000), id, 'session');
  const prepared = core.exportRuns({ sessionId: session.id }, exportFormats[options.format]);
  if (options.out === undefined || options.out === '-') {
    for await (const chunk of prepared.content()) {
      signal.throwIfAborted();
      await write(terminal.stdout, chunk);
    }
  } else {
    const saved = await saveFile(options.out, prepared.content(), { force: options.force ?? false, signal });
    const { executions } = prepared;
    if (terminal.json) await printJson(terminal, { ...saved, executions, cut: prepared.cut() });
    else await say(terminal, `[specboard] ${runs(executions)} exported to ${plain(options.out)}`);
  }
  const cut = prepared.cut();
  if (cut > 0 && !terminal.json) {
    await say(
      terminal,
      `[specboard] the output of ${runs(cut)} was too large to go in whole; the file says where`,
    );
  }
}

function runs(count: number): string {
  return count === 1 ? '1 run' : `${count} runs`;
}
