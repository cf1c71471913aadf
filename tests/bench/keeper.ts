/**
 * Measures a runner behind its keeper beside the bare runner on the same machine: `node tests/bench/keeper.ts` prints JSON.
 * Times are ms, medians with the 90th percentile; nothing is asserted.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pipeOfChild } from '../../src-main/runner/byte-pipe.ts';
import { RunnerClient } from '../../src-main/runner/runner-client.ts';
import { KeeperHost } from '../support/keeper-host.ts';
import { memoryKiB, python } from '../support/runner.ts';
import { type Spread, spread, time } from './stats.ts';

const never = new AbortController().signal;

async function repeat(times: number, work: () => Promise<unknown>): Promise<Spread> {
  const taken: number[] = [];
  for (let i = 0; i < times; i += 1) taken.push(await time(work));
  return rounded(taken);
}

function rounded(taken: readonly number[]): Spread {
  const { median, p90 } = spread(taken);
  return { median: Math.round(median * 1000) / 1000, p90: Math.round(p90 * 1000) / 1000 };
}

/** Runs code; its output is dropped. */
async function run(client: RunnerClient, code: string): Promise<void> {
  const result = await client.execute({ language: 'python', code }, { write: () => {} }, never);
  if (result.state !== 'succeeded') throw new Error(JSON.stringify(result));
}

const hundred = 'line = "x" * 99 + "\\n"\nfor _ in range(1000): print(line * 1000, end="")';

async function figures(client: RunnerClient): Promise<Record<string, Spread>> {
  await run(client, 'pass');
  return {
    'cell `pass`': await repeat(1000, () => run(client, 'pass')),
    ping: await repeat(1000, () => client.ping()),
    '100 MB printed': await repeat(5, () => run(client, hundred)),
    '200 000 prints': await repeat(5, () => run(client, 'for i in range(200000): print(i)')),
  };
}

function bare(): RunnerClient {
  const file = join(import.meta.dirname, '../../resources/runner.py');
  return new RunnerClient(pipeOfChild(spawn(python, ['-u', file], { stdio: ['pipe', 'pipe', 'inherit'] })));
}

async function kept(terminal: boolean): Promise<Record<string, unknown>> {
  const host = new KeeperHost({ terminal });
  const runner = host.runner();
  const { pid } = await runner.ready(never);
  const keeper = await host.keeperPid(pid);
  const measured = await figures(await runner.client(never));
  const keeperPeakMiB = Math.round(memoryKiB(keeper, 'VmHWM') / 1024);
  const restores: number[] = [];
  for (let i = 0; i < 5; i += 1) {
    await delay(2_100); // a link that breaks at once again and again is dialled less and less often
    const up = new Promise<void>((resolve) => {
      const listening = runner.onLink((state) => {
        if (state !== 'up') return;
        listening.dispose();
        resolve();
      });
    });
    const cut = performance.now();
    host.line.cut();
    await up;
    restores.push(performance.now() - cut);
  }
  await runner.dispose({ leave: false });
  await host.stop();
  return { ...measured, 'link cut and restored': rounded(restores), keeperPeakMiB };
}

const ends: Promise<unknown>[] = [];
const startBare = await repeat(10, async () => {
  const client = bare();
  await client.ready(never);
  ends.push(client.dispose());
});
const startKept = await repeat(10, async () => {
  const host = new KeeperHost();
  const runner = host.runner();
  await runner.ready(never);
  ends.push(runner.dispose({ leave: false }).then(() => host.stop()));
});
await Promise.all(ends);
const client = bare();
const plain = await figures(client);
await client.dispose();

console.log(
  JSON.stringify(
    {
      python,
      ms: {
        'start until ready': { bare: startBare, keeper: startKept },
        'the bare runner over pipes (baseline)': plain,
        'with a keeper over pipes': await kept(false),
        'with a keeper over a terminal, through a relay in Python': await kept(true),
      },
    },
    null,
    2,
  ),
);
