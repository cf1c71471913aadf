/**
 * Measures the runner beside named baselines on the same machine: `node tests/bench/runner.ts [python]` prints JSON.
 * Times are ms, medians with the 90th percentile; nothing is asserted.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pipeOfChild } from '../../src-main/runner/byte-pipe.ts';
import { RunnerClient } from '../../src-main/runner/runner-client.ts';
import { memoryKiB } from '../support/runner.ts';

const never = new AbortController().signal;
const runnerFile = join(import.meta.dirname, '../../resources/runner.py');
const python = execFileSync(process.argv[2] ?? 'python3', ['-I', '-c', 'import sys; print(sys.executable)'], {
  encoding: 'utf8',
}).trim();

interface Figure {
  median: number;
  p90: number;
}

async function measure(times: number, work: () => Promise<unknown>): Promise<Figure> {
  const taken: number[] = [];
  for (let i = 0; i < times; i += 1) {
    const began = performance.now();
    await work();
    taken.push(performance.now() - began);
  }
  taken.sort((a, b) => a - b);
  const at = (share: number): number =>
    Math.round((taken[Math.floor(taken.length * share)] ?? 0) * 100) / 100;
  return { median: at(0.5), p90: at(0.9) };
}

function start(): { client: RunnerClient; pid: number; exit: Promise<unknown> } {
  const child = spawn(python, ['-u', runnerFile], { stdio: ['pipe', 'pipe', 'inherit'] });
  const client = new RunnerClient(pipeOfChild({ stdin: child.stdin, stdout: child.stdout }));
  return { client, pid: child.pid ?? 0, exit: once(child, 'exit') };
}

/** Runs code; gives the bytes of output, which are counted and dropped. */
async function run(client: RunnerClient, code: string): Promise<number> {
  let bytes = 0;
  const result = await client.execute(
    { language: 'python', code },
    {
      write: (event) => {
        if (event.type === 'text') bytes += event.bytes.length;
      },
    },
    never,
  );
  if (result.state !== 'succeeded') throw new Error(JSON.stringify(result));
  return bytes;
}

const pythonStart = await measure(15, () => once(spawn(python, ['-c', 'pass']), 'exit'));

const ended: Promise<unknown>[] = [];
const firstCell = await measure(15, async () => {
  const { client, exit } = start();
  await run(client, '1');
  ended.push(client.dispose(), exit);
});
await Promise.all(ended);

const echo = spawn(python, [
  '-u',
  '-c',
  'import os\nwhile True:\n  b = os.read(0, 65536)\n  if not b: break\n  os.write(1, b)',
]);
echo.stdin.write('x');
await once(echo.stdout, 'data');
const pipeEcho = await measure(500, async () => {
  echo.stdin.write('{"op":"ping"}\n');
  await once(echo.stdout, 'data');
});
echo.stdin.end();

const { client, pid, exit } = start();
await run(client, 'import sys');
const cellPass = await measure(500, () => run(client, 'pass'));
const cellPrint = await measure(500, () => run(client, 'print(1)\n2 + 2'));
const ping = await measure(500, () => client.ping());
const metrics = await measure(100, () => client.metrics());
const prints = await measure(5, () => run(client, 'for i in range(200000): print(i)'));
const bothStreams = await measure(3, () =>
  run(client, 'for i in range(2000): print(i, file=(sys.stdout, sys.stderr)[i % 2])'),
);
const hundred = await measure(3, () =>
  run(client, 'line = "x" * 99 + "\\n"\nfor _ in range(1000): print(line * 1000, end="")'),
);
const supervisorPeakMiB = Math.round(memoryKiB(pid, 'VmHWM') / 1024);
const plainPipe = await measure(3, async () => {
  const cat = spawn('head', ['-c', '100000000', '/dev/zero'], { stdio: ['ignore', 'pipe', 'inherit'] });
  cat.stdout.resume();
  await once(cat, 'close');
});
const cancel = await measure(20, async () => {
  const abort = new AbortController();
  const ready = Promise.withResolvers<void>();
  const running = client.execute(
    { language: 'python', code: 'print("ready")\nwhile True: pass' },
    { write: () => ready.resolve() },
    abort.signal,
  );
  await ready.promise;
  abort.abort();
  await running;
});
await client.dispose();
await exit;

console.log(
  JSON.stringify(
    {
      python,
      ms: {
        'baseline: python -c pass': pythonStart,
        'start to first cell done': firstCell,
        'baseline: echo over a pipe': pipeEcho,
        ping,
        'cell `pass`': cellPass,
        'cell `print(1)` and a value': cellPrint,
        metrics,
        '200 000 prints': prints,
        '2 000 lines alternating on both streams': bothStreams,
        'baseline: 100 MB over a plain pipe': plainPipe,
        '100 MB printed': hundred,
        'start and cancel of a busy loop': cancel,
      },
      supervisorPeakMiB,
    },
    null,
    2,
  ),
);
