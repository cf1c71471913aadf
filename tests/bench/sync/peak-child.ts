/** The process whose memory peaks.ts measures: syncs the folder `local` of its first argument, and prints what it held. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { SandboxPort } from '../../../src-main/sync/remote/sandbox-port.ts';
import { processPort } from '../../support/sync/process-port.ts';
import { SyncPair } from '../../support/sync/sync-pair.ts';
import { editTree, noise } from './trees.ts';

const [folder = '', files = '0'] = process.argv.slice(2);
const sizes = join(folder, 'helper-sizes');

/** Notes the largest process below each command. */
const wrapper = [
  'import resource, subprocess, sys',
  'code = subprocess.call(["sh", "-c", sys.argv[1]])',
  'open(sys.argv[2], "a").write("%d\\n" % resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)',
  'sys.exit(code)',
].join('\n');

function measuredPort(home: string): SandboxPort {
  return {
    ...processPort(home),
    run(command, output) {
      const child = spawn('python3', ['-c', wrapper, command, sizes], {
        cwd: home,
        env: { HOME: home, PATH: process.env['PATH'] ?? '' },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child.stdout.on('data', (bytes: Buffer) => output.stdout(bytes));
      child.stderr.on('data', (bytes: Buffer) => output.stderr(bytes));
      return new Promise((resolve, reject) => {
        child.once('error', reject);
        child.once('close', resolve);
      });
    },
  };
}

/** The most that this process held, MB; what the kernel tells of resources also has the parent's before it started this one. */
function peakMb(): number {
  const kilobytes = /^VmHWM:\s*(\d+)/m.exec(
    existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '',
  );
  return Number(kilobytes?.[1] ?? process.resourceUsage().maxRSS) / 1024;
}

function change(file: string): void {
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, noise(1024, 9), 0, 1024, Math.floor(statSync(file).size / 2));
  closeSync(descriptor);
}

const pair = await SyncPair.open({ root: folder, port: measuredPort, resources: import.meta.dirname });
const idleMb = peakMb();
const steps = existsSync(join(pair.local, 'huge.bin'))
  ? [() => change(join(pair.local, 'huge.bin')), () => change(join(pair.remote, 'huge.bin'))]
  : [() => editTree(pair.local, Number(files), 100, 1), () => {}];
for (const step of [() => {}, ...steps]) {
  step();
  await pair.sync();
  await pair.settled();
  process.stderr.write(`${Math.round(peakMb())} MB at ${Math.round(performance.now())} ms\n`);
}
const helperMb = Math.max(...readFileSync(sizes, 'utf8').trim().split('\n').map(Number)) / 1024;
await pair[Symbol.asyncDispose]();
process.stdout.write(`${JSON.stringify({ ourMb: peakMb(), idleMb, helperMb })}\n`);
