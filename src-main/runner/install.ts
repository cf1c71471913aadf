/** Installs packages through a runner: its progress as lines, its failure in words. */
import type { OutputEvent } from '../../src-shared/domain/execution.ts';
import type { MissingPackage } from '../drivers/driver.ts';
import {
  classifyInstallFailure,
  type InstallFailure,
  type InstallOptions,
  installCommand,
  progressLine,
} from './install-command.ts';
import type { RunnerClient } from './runner-client.ts';

/** What became of an install. */
export type InstallOutcome = { ok: true } | ({ ok: false } & InstallFailure);

/**
 * Installs packages into the session; drivers bring their own where the session itself has no network. `onProgress` gets
 * lines for the person and is awaited. Resolves also for failures; abort ends the install with `cancelled`.
 */
export type Installer = (
  packages: readonly MissingPackage[],
  onProgress: (line: string) => void | Promise<void>,
  signal: AbortSignal,
) => Promise<InstallOutcome>;

/** Options of `runnerInstaller`. */
export interface RunnerInstallerOptions extends InstallOptions {
  /** Whole time an install may take, in ms. Default 120 000. */
  timeoutMs?: number;
  /** Environment of the tool: proxies, caches. */
  env?: Readonly<Record<string, string>>;
}

const keptOutput = 200_000;

/** An installer that runs uv or pip as a command of this runner. */
export function runnerInstaller(client: RunnerClient, options: RunnerInstallerOptions = {}): Installer {
  return async (packages, onProgress, signal) => {
    const names = packages.map((item) => item.distribution);
    const argv = installCommand(await client.tools(), names, options);
    if (argv === null) return { ok: false, ...classifyInstallFailure(names, 'No module named pip') };
    const deadline = AbortSignal.timeout(options.timeoutMs ?? 120_000);
    const lines = new Lines(onProgress);
    const result = await client.execute(
      { language: 'shell', code: '', argv, graceMs: 1000, ...(options.env ? { env: options.env } : {}) },
      { write: (event) => lines.write(event) },
      AbortSignal.any([signal, deadline]),
    );
    if (result.state === 'succeeded') return { ok: true };
    if (result.state === 'failed') return { ok: false, ...classifyInstallFailure(names, lines.kept) };
    if (deadline.aborted && !signal.aborted) {
      const message = `${names.join(', ')} could not be installed: it took too long.`;
      return {
        ok: false,
        kind: 'timeout',
        message,
        hint: 'Try again, or install it from a shell, where no limit applies.',
      };
    }
    const kind = result.state === 'lost' ? 'unknown' : 'cancelled';
    return { ok: false, kind, message: 'The install was ended.', hint: 'Run the cell again to repeat it.' };
  };
}

/** Cuts output into lines, tells those that matter, keeps the end of all of it for the diagnosis. */
class Lines {
  kept = '';
  #partial = '';
  readonly #decoder = new TextDecoder();
  readonly #tell: (line: string) => void | Promise<void>;

  constructor(tell: (line: string) => void | Promise<void>) {
    this.#tell = tell;
  }

  async write(event: OutputEvent): Promise<void> {
    if (event.type === 'error') this.kept += event.error.value;
    if (event.type !== 'text') return;
    const text = this.#decoder.decode(event.bytes, { stream: true });
    this.kept = (this.kept + text).slice(-keptOutput);
    const lines = (this.#partial + text).split(/\r?\n|\r/);
    this.#partial = (lines.pop() ?? '').slice(-keptOutput);
    for (const line of lines) {
      const shown = progressLine(line);
      if (shown !== null) await this.#tell(shown);
    }
  }
}
