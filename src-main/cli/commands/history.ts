/** `specboard history [list|show ID]`: every execution, with its output, also of sandboxes that are gone. */
import type { Execution } from '../../../src-shared/domain/execution.ts';
import type { Core } from '../../app/create-core.ts';
import { findById } from '../find.ts';
import { printOutput } from '../print-output.ts';
import { printJson, say, type Terminal, table, write } from '../terminal.ts';

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
