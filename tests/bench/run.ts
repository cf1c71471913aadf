/** `npm run bench`: measures, beside named baselines in the same run, and writes docs/performance.md. Asserts nothing. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { buildIfStale } from '../../tools/build.ts';
import { measureBundle } from './bundle.ts';
import { type DriverFigures, measureDrivers, type Row } from './drivers.ts';
import { measureLatency } from './latency.ts';
import { measureOutput, type OutputFigures } from './output.ts';
import { measureStartup } from './startup.ts';
import { format, ms } from './stats.ts';
import { measureSync, syncSection } from './sync.ts';
import { measureWindow, windowSection } from './window.ts';

const root = join(import.meta.dirname, '../..');
const quick = process.argv.includes('--quick');
const say = (text: string) => process.stdout.write(`${text}\n`);
const script = (name: string, ...args: string[]) =>
  execFileSync(process.execPath, [join(import.meta.dirname, name), ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();

await buildIfStale();
say('bundle ...');
const bundle = measureBundle();
say('start-up ...');
const startup = await measureStartup();
say('latency ...');
const latency = await measureLatency();
say('every driver ...');
const drivers = await measureDrivers();
const outputs: OutputFigures[] = [];
for (const megabytes of quick ? [100] : [100, 1000]) {
  say(`${megabytes} MB of output ...`);
  outputs.push(await measureOutput(megabytes));
}
say('the window ...');
const inWindow = await measureWindow();
say('sync, beside rsync and Unison ...');
const sync = await measureSync(quick, say);
say('runner and database ...');
const runner = script('runner.ts', '/usr/bin/python3');
const database = script('db-append.ts');
say('search ...');
const search = script('history-search.ts');

const page = `# Performance

Made by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: ${cpus().length} shared cores (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node},
the app in the stand-in host. Read the ratios, not the absolute times: the machine is shared and noisy.

## One cell (E2B test server, \`1\`)

| Way | Median | Ratio to the SDK | Overhead |
|---|---|---|---|
| raw SDK \`runCode\` | ${ms(latency.sdk)} | 1 | |
| SpecBoard's service (stored, streamed) | ${ms(latency.service)} | ${format(latency.service.median / latency.sdk.median)} | ${format(latency.service.median - latency.sdk.median)} ms |
| from the page through the bridge | ${ms(latency.bridge)} | ${format(latency.bridge.median / latency.sdk.median)} | ${format(latency.bridge.median - latency.sdk.median)} ms |

Goal: median overhead under 5 ms.

## Every driver, through the whole service

Median, and SpecBoard's time as a part of the other's (below 1: SpecBoard is faster), turn by turn in one run. Goals in Docker: an
execution in a live session thirty times faster than \`docker exec\`, connect within 150 ms of the engine's own create and start, files
at least as fast as \`docker cp\`.

${drivers.map(driverTable).join('\n\n')}

${syncSection(sync)}
## Much output (Local shell, to the page, every byte stored)

| Output | Through the app | Plain pipe | Ratio | Main: idle, peak | Page: idle, peak, after a collection |
|---|---|---|---|---|---|
${outputs.map(outputRow).join('\n')}

Main does not grow with the output: the sandbox is held back when storing or showing is slower than printing. The page's
peak is that of the stand-in host, which passes messages as text: garbage that V8 collects when it needs to. What the page
itself keeps is bounded (1 GB through the real output view: 89 MB of heap, tests/renderer/streaming.test.ts).

${windowSection(inWindow)}

## Start

| What | Median | Ratio |
|---|---|---|
| \`node -e 0\` and \`python3 -c 1\` (floor) | ${ms(startup.floor)} | 1 |
| \`specboard run -c 1\`, start to exit | ${ms(startup.cli)} | ${format(startup.cli.median / startup.floor.median)} |
| start of the app to a usable window | ${ms(startup.window)} | ${format(startup.window.median / startup.floor.median)} |

## Size of the page (gzipped)

| | kB | Budget |
|---|---|---|
| loaded at once | ${format(bundle.eager)} | 240 |
| all JavaScript | ${format(bundle.total)} | 620 |
| CSS | ${format(bundle.css)} | |

## The runner (\`tests/bench/runner.ts\`)

\`\`\`json
${runner}
\`\`\`

## Search in Activity

${search}

## Storing output (\`tests/bench/db-append.ts\`)

\`\`\`json
${database}
\`\`\`
`;
writeFileSync(join(root, 'docs/performance.md'), page);
say(page);

function driverTable(figures: DriverFigures): string {
  const lines: [string, readonly Row[]][] = [
    ['command `true`', figures.command],
    ['Python `1+1`', figures.cell],
    ['connect', figures.connect],
    ['1,000 files of 1 kB up', figures.filesUp],
    ['the same down', figures.filesDown],
    ['100 MB up', figures.bytesUp],
    ['the same down', figures.bytesDown],
  ];
  const others = [...new Set(lines.flatMap(([, rows]) => rows.slice(1).map(({ what }) => what)))];
  const cells = (rows: readonly Row[]) => {
    const [ours, ...rest] = rows;
    if (!ours) return [];
    return [
      ms(ours.times),
      ...others.flatMap((name) => {
        const other = rest.find(({ what }) => what === name);
        return other ? [ms(other.times), format(ours.times.median / other.times.median)] : ['', ''];
      }),
    ];
  };
  const head = ['', 'SpecBoard', ...others.flatMap((name) => [name, 'ratio'])];
  return [
    `### ${figures.driver}`,
    '',
    `| ${head.join(' | ')} |`,
    `|${'---|'.repeat(head.length)}`,
    ...lines.map(([name, rows]) => `| ${[name, ...cells(rows)].join(' | ')} |`),
  ].join('\n');
}

function outputRow(row: OutputFigures): string {
  const { megabytes, appMbPerSecond, pipeMbPerSecond } = row;
  const mb = (value: number) => `${format(value)} MB`;
  return `| ${megabytes} MB | ${format(appMbPerSecond)} MB/s | ${format(pipeMbPerSecond)} MB/s | ${format(appMbPerSecond / pipeMbPerSecond)} | ${mb(row.mainIdleMb)}, ${mb(row.mainPeakMb)} | ${mb(row.rendererIdleMb)}, ${mb(row.rendererPeakMb)}, ${mb(row.rendererAfterMb)} |`;
}
