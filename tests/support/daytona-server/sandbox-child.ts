// Starts a program inside a sandbox: in its folder, with its environment and nothing of ours, in a process group of its own.
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { badRequest } from './errors.ts';
import type { Sandbox } from './sandbox.ts';

/** What to start. */
export interface ChildSpec {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd?: string | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly stdio: StdioOptions;
}

/** Start it. Throws DaemonError when the folder is not there or the sandbox has stopped meanwhile. A program that cannot be started ends with code -1. */
export function startChild(sandbox: Sandbox, spec: ChildSpec): ChildProcess {
  if (sandbox.state !== 'started') throw badRequest('the sandbox is not running any more');
  const launch = sandbox.jail.launch(spec.file, spec.args, spec.cwd);
  const child = spawn(launch.file, [...launch.args], {
    cwd: launch.cwd,
    env: sandbox.environment(spec.env),
    detached: true,
    stdio: spec.stdio,
  });
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  for (const stream of child.stdio) stream?.on('error', () => undefined);
  sandbox.addGroup(child.pid, ended);
  return child;
}
