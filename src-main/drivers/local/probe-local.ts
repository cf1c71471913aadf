/** The test of a Local profile: Python, the sandbox, and both together, as a connect would start them. */
import { randomUUID } from 'node:crypto';
import { SpecboardError, toProblem } from '../../../src-shared/contract/errors.ts';
import type { ProbeReport } from '../driver.ts';
import type { Python } from './find-python.ts';
import { isolationName } from './isolation.ts';
import type { Isolation } from './launch-runner.ts';

type Part = NonNullable<ProbeReport['parts']>[number];

/** What to try; each as the driver does it. */
export interface LocalProbe {
  python: () => Promise<Python>;
  isolation: () => Promise<Isolation>;
  /** Starts a sandbox with that id and ends it again. */
  start: (sessionId: string) => Promise<void>;
}

/** Tries, and says what was found. Never throws. Without isolation it is still `ok`: it works, with consent. */
export async function probeLocal({ python, isolation, start }: LocalProbe): Promise<ProbeReport> {
  const [pythonPart, sandboxPart] = await Promise.all([
    part('Python', async () => {
      const found = await python();
      return `Python ${found.version.join('.')} (${found.executable}).`;
    }),
    part('Sandbox', async () => {
      const found = await isolation();
      if (found.kind === 'none') throw new SpecboardError('unsupported', found.message, { hint: found.hint });
      return `Code is isolated by ${isolationName(found)}.`;
    }),
  ]);
  const parts = [pythonPart, sandboxPart];
  if (pythonPart.ok && sandboxPart.ok) {
    const started = await part('Sandbox', async () => {
      await start(randomUUID());
      return '';
    });
    if (!started.ok) parts[1] = started;
  }
  const bad = parts.find((one) => !one.ok);
  return {
    ok: pythonPart.ok && parts[1] === sandboxPart,
    message: parts.map((one) => one.message).join(' '),
    ...(bad?.hint === undefined ? {} : { hint: bad.hint }),
    parts,
  };
}

async function part(name: string, look: () => Promise<string>): Promise<Part> {
  try {
    return { name, ok: true, message: await look() };
  } catch (error) {
    const { message, hint, details } = toProblem(error);
    const said = details ? `${message} (${details.split('\n').at(-1)})` : message;
    return { name, ok: false, message: said, ...(hint === undefined ? {} : { hint }) };
  }
}
