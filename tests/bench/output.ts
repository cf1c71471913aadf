/**
 * Much output: a shell command that prints, through the runner, the service, the database, the bridge and the page, beside
 * the same command on a plain pipe. Speed, and peak memory of main and of the page's process.
 */
import { spawn } from 'node:child_process';
import { memory, startBenchApp } from './app.ts';

/** What was measured for one amount. MB are 10^6 bytes. */
export interface OutputFigures {
  megabytes: number;
  /** To the end of the execution, everything stored and shown. */
  appMbPerSecond: number;
  pipeMbPerSecond: number;
  mainPeakMb: number;
  mainIdleMb: number;
  rendererPeakMb: number;
  rendererIdleMb: number;
  /** After a garbage collection: what is really held. */
  rendererAfterMb: number;
}

const command = (megabytes: number) =>
  `yes 'SpecBoard streams this line of sixty-four bytes, again and again.' | head -c ${megabytes}000000`;

/** Measures one amount in a fresh app. */
export async function measureOutput(megabytes: number): Promise<OutputFigures> {
  const pipeMs = await plainPipe(megabytes);
  const bench = await startBenchApp();
  try {
    const { page } = bench;
    const sessionId = await page.evaluate(async () => {
      const { specboard } = window as unknown as {
        specboard: import('../../src-shared/contract/api.ts').SpecboardApi;
      };
      const status = await specboard.status({});
      if (!status.ok) throw new Error(status.error.message);
      const profileId = status.value.profiles[0]?.id ?? '';
      const session = await specboard.connect({ profileId, consent: true });
      if (!session.ok) throw new Error(session.error.message);
      return session.value.id;
    });
    const { main, renderers } = bench.pids();
    const renderer = Math.max(...renderers.map((pid) => memory(pid).now), 0);
    const mainIdle = memory(main).now;
    let rendererPeak = renderer;
    const sampling = setInterval(() => {
      for (const pid of bench.pids().renderers) rendererPeak = Math.max(rendererPeak, memory(pid).now);
    }, 200);
    // Through the page's own Run button path: the code is typed, run, shown and acknowledged by the real output view.
    const appMs = await page.evaluate(
      async ({ id, code }) => {
        const { specboard } = window as unknown as {
          specboard: import('../../src-shared/contract/api.ts').SpecboardApi;
        };
        const start = performance.now();
        const run = specboard.execute(
          { sessionId: id, language: 'shell', code },
          { onData: () => undefined },
        );
        const done = await run.done;
        if (!done.ok || done.value.state !== 'succeeded') throw new Error(JSON.stringify(done));
        return performance.now() - start;
      },
      { id: sessionId, code: command(megabytes) },
    );
    clearInterval(sampling);
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('HeapProfiler.collectGarbage');
    const rendererAfter = Math.max(...bench.pids().renderers.map((pid) => memory(pid).now), 0);
    return {
      megabytes,
      appMbPerSecond: megabytes / (appMs / 1000),
      pipeMbPerSecond: megabytes / (pipeMs / 1000),
      mainPeakMb: memory(main).peak,
      mainIdleMb: mainIdle,
      rendererPeakMb: rendererPeak,
      rendererIdleMb: renderer,
      rendererAfterMb: rendererAfter,
    };
  } finally {
    await bench.close();
  }
}

function plainPipe(megabytes: number): Promise<number> {
  const start = performance.now();
  return new Promise((resolve) => {
    const child = spawn('sh', ['-c', command(megabytes)], { stdio: ['ignore', 'pipe', 'ignore'] });
    child.stdout.on('data', () => {});
    child.on('close', () => resolve(performance.now() - start));
  });
}
