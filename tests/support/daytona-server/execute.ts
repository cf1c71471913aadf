// Commands and code that run once: their output comes when they are over, both streams in one.
import { list, number, strings, text } from '../vendor-server/json.ts';
import { signalPid } from '../vendor-server/process-table.ts';
import { badRequest, DaemonError } from './errors.ts';
import type { Exchange } from './exchange.ts';
import type { Sandbox } from './sandbox.ts';
import { startChild } from './sandbox-child.ts';

const LANGUAGES: Readonly<Record<string, (python: string) => readonly string[]>> = {
  python: (python) => [python, '-u', '-c'],
  javascript: () => ['node', '-e'],
  typescript: () => ['node', '--input-type=module-typescript', '-e'],
};

/** Serve POST /process/execute. */
export async function executeCommand(sandbox: Sandbox, exchange: Exchange): Promise<void> {
  const body = await exchange.jsonBody();
  const command = text(body.command);
  if (!command?.trim()) throw badRequest('command is required');
  const result = await runMerged(sandbox, ['/bin/bash', '-c', command], {
    cwd: text(body.cwd),
    env: strings(body.envs),
    timeoutS: number(body.timeout),
  });
  exchange.json(200, result);
}

/** Serve POST /process/code-run. Charts are not made here. */
export async function runCode(sandbox: Sandbox, exchange: Exchange): Promise<void> {
  const body = await exchange.jsonBody();
  const program = LANGUAGES[text(body.language) ?? 'python'];
  if (!program) throw badRequest(`unsupported language: ${String(body.language)}`);
  const argv = [...program(sandbox.jail.launcher.python), text(body.code) ?? '', ...list(body.argv)];
  const result = await runMerged(sandbox, argv, {
    cwd: undefined,
    env: strings(body.envs),
    timeoutS: number(body.timeout),
  });
  exchange.json(200, { ...result, artifacts: { charts: [] } });
}

/** Throws DaemonError 408 when it took too long; its process group is killed then. */
async function runMerged(
  sandbox: Sandbox,
  argv: readonly string[],
  options: {
    readonly cwd: string | undefined;
    readonly env: Readonly<Record<string, string>>;
    readonly timeoutS: number | undefined;
  },
): Promise<{ exitCode: number; result: string }> {
  const child = startChild(sandbox, {
    file: '/bin/sh',
    args: ['-c', 'exec "$@" 2>&1', 'sh', ...argv],
    cwd: options.cwd,
    env: options.env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (data: Buffer) => chunks.push(data));
  let late = false;
  const limit = options.timeoutS ?? 0;
  const timer =
    limit > 0
      ? setTimeout(() => {
          late = true;
          if (child.pid !== undefined) signalPid(-child.pid, 'SIGKILL');
        }, limit * 1000)
      : undefined;
  const code = await new Promise<number>((resolve) => {
    child.once('close', (exit) => resolve(exit ?? -1));
    child.once('error', () => resolve(-1));
  });
  clearTimeout(timer);
  if (late) throw new DaemonError(408, 'PROCESS_EXECUTION_TIMEOUT', 'command execution timeout');
  return { exitCode: code, result: Buffer.concat(chunks).toString('utf8') };
}
