/** The port over a driver: its shell commands and its files, nothing else. */
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { OutputEvent } from '../../../src-shared/domain/execution.ts';
import type { Driver, DriverSession } from '../../drivers/driver.ts';
import { abortError } from './abort.ts';
import type { PortOutput, SandboxPort } from './sandbox-port.ts';

/** How long a stopped command may take to end by itself. */
const graceMs = 500;

/** Makes the port. Throws `unsupported` where the driver has no files. */
export function driverPort<S, D extends DriverSession>(driver: Driver<S, D>, session: D): SandboxPort {
  const { files } = driver;
  if (!files)
    throw new SpecboardError(
      'unsupported',
      'Files of this kind of sandbox cannot be reached, so nothing can be synced with it.',
    );
  return {
    async run(command, output, signal) {
      if (signal.aborted) throw abortError(signal);
      const heard = new Heard(output);
      const request = { language: 'shell' as const, code: command, graceMs };
      const result = await driver.execute(session, request, heard, signal);
      if (signal.aborted) throw abortError(signal);
      if (result.state === 'lost') {
        throw result.problem ? SpecboardError.fromProblem(result.problem) : brokenLink(result.reason);
      }
      if (result.problem) throw SpecboardError.fromProblem(result.problem);
      if (result.state === 'cancelled') throw new SpecboardError('cancelled', 'Cancelled.');
      if (result.state === 'timed-out')
        throw new SpecboardError('timeout', 'The sandbox ended the command because it took too long.');
      if (heard.hasGap) throw brokenLink('output is missing');
      return result.exitCode ?? null;
    },
    async put(path, data, signal) {
      await files.write(session, path, data, signal);
    },
    get: (path, signal) => files.read(session, path, signal),
  };
}

/** Hands on text, remembers whether some is missing. */
class Heard {
  readonly #output: PortOutput;
  hasGap = false;

  constructor(output: PortOutput) {
    this.#output = output;
  }

  write(event: OutputEvent): void {
    if (event.type === 'text') this.#output[event.stream](event.bytes);
    if (event.type === 'gap') this.hasGap = true;
  }
}

function brokenLink(details: string | undefined): SpecboardError {
  return new SpecboardError('unreachable', 'The link to the sandbox broke.', {
    kept: 'No file is half written on either side.',
    hint: 'Sync again when the sandbox can be reached.',
    ...(details === undefined ? {} : { details }),
  });
}
