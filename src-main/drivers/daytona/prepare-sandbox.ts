/** A started sandbox made ready for the runner: its toolbox answers, Python is found, our files and the working folder are there. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SpecboardError } from '../../../src-shared/contract/errors.ts';
import { abortable, deadline } from '../base-driver.ts';
import type { ControlPlane } from './control-plane.ts';
import { lostReason } from './lost-reason.ts';
import type { SdkSandbox } from './sdk.ts';

/** What was found and made. */
export interface Prepared {
  /** Full path of the interpreter. */
  python: string;
  /** Folder with runner.py and keeper.py; ours alone. */
  folder: string;
}

/** What is prepared, and with what. */
export interface PrepareOptions {
  control: ControlPlane;
  sandbox: SdkSandbox;
  /** The keeper's name: letters, digits, `-`. */
  name: string;
  workingFolder: string;
  resourcesFolder: string;
}

const marker = 'specboard-found';
const tooOld = 'This snapshot has no Python that SpecBoard can use.';

/** Throws `python-missing`, `unavailable` where the toolbox stays silent, `gone` where the sandbox went meanwhile. */
export async function prepareSandbox(options: PrepareOptions, signal: AbortSignal): Promise<Prepared> {
  const { control, sandbox, name, workingFolder, resourcesFolder } = options;
  const folder = `/tmp/specboard-${name}`;
  const limit = deadline(control.timings.toolbox, signal);
  const said = await untilItAnswers(options, limit, signal, () =>
    sandbox.process.executeCommand(findScript(folder, workingFolder), undefined, undefined, 20),
  );
  const { result } = said;
  if (/^folder-refused$/m.test(result)) {
    const text = 'The working folder cannot be used in this sandbox.';
    throw new SpecboardError('invalid', text, { fields: { workingFolder: text } });
  }
  const found = new RegExp(`^${marker} (\\d+) (\\d+) (/.+)$`, 'm').exec(result);
  const [, major, minor, python] = found ?? [];
  if (python === undefined || Number(major) !== 3 || Number(minor) < 8) {
    throw new SpecboardError('python-missing', tooOld, {
      hint: 'Use a snapshot or an image with Python 3.8 or newer, for example python:3.12-slim.',
      fields: { snapshot: tooOld },
      details: result.trim().slice(0, 500),
    });
  }
  const files = ['runner.py', 'keeper.py'].map(async (file) => ({
    source: await readFile(join(resourcesFolder, file)),
    destination: `${folder}/${file}`,
  }));
  const uploads = await Promise.all(files);
  await untilItAnswers(options, limit, signal, () => sandbox.fs.uploadFiles(uploads, 30));
  return { python, folder };
}

/** For sh; says one line that cannot be mistaken. */
function findScript(folder: string, workingFolder: string): string {
  const question = `import sys; print('${marker}', sys.version_info[0], sys.version_info[1], sys.executable)`;
  const work =
    workingFolder === '' ? '' : `mkdir -p -- ${quoted(workingFolder)} || { echo folder-refused; exit 0; }; `;
  return `sh -c ${quoted(`umask 077; mkdir -p ${folder}; ${work}python3 -I -S -c ${quoted(question)}`)}`;
}

/** One word for a shell. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Daytona says "started" before the part inside of the sandbox answers; what may be asked twice is asked until it does. */
async function untilItAnswers<T>(
  { control, sandbox }: PrepareOptions,
  limit: AbortSignal,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  for (let pause = control.timings.poll; ; pause = Math.min(pause * 1.5, 2000)) {
    let problem: SpecboardError;
    try {
      return await abortable(work(), deadline(control.timings.call, limit));
    } catch (error) {
      problem = signal.aborted
        ? control.mapError(signal.reason, 'toolbox', signal)
        : control.mapError(error, 'toolbox');
    }
    if (signal.aborted) throw problem;
    const lost = await lostNow(control, sandbox.id, signal);
    if (lost) throw lost;
    const passes = ['unavailable', 'unreachable', 'conflict', 'timeout', 'rate-limited', 'gone'].includes(
      problem.code,
    );
    if (limit.aborted || !passes) throw limit.aborted ? silent(problem) : problem;
    await sleep(problem.problem.retryAfterMs ?? pause, undefined, { signal: limit }).catch(() => {});
  }
}

/** The control plane's word on a sandbox that does not answer; null where it cannot be asked either. */
async function lostNow(
  control: ControlPlane,
  sandboxId: string,
  signal: AbortSignal,
): Promise<SpecboardError | null> {
  try {
    return lostReason(await control.info(sandboxId, signal), Date.now());
  } catch {
    return null;
  }
}

function silent(problem: SpecboardError): SpecboardError {
  const { details } = problem.problem;
  return new SpecboardError('unavailable', 'The sandbox has started, but does not answer.', {
    hint: 'Try again; a proxy in between may block it, or Daytona may have trouble.',
    ...(details ? { details } : {}),
  });
}
