/** A program that passes for ssh: instead of another computer it reaches a socket of this one, or says what ssh says when it cannot. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** See `makeFakeSsh`. */
export interface FakeSsh {
  /** For the environment of what starts ssh. */
  path: string;
  /** The arguments of every start so far. */
  calls(): string[][];
}

/** Puts it into `folder`. It forwards to `socket`, or prints `words` and ends with `code`. */
export function makeFakeSsh(
  folder: string,
  behaviour: { socket: string } | { words: string; code: number },
): FakeSsh {
  const bin = join(folder, 'bin');
  const log = join(folder, 'ssh.log');
  mkdirSync(bin, { recursive: true });
  writeFileSync(log, '');
  const body =
    'socket' in behaviour
      ? `const socket = require('node:net').connect({ path: ${JSON.stringify(behaviour.socket)}, allowHalfOpen: true });
process.stdin.pipe(socket); socket.pipe(process.stdout);
socket.on('error', (error) => { process.stderr.write(error.message); process.exit(1); });`
      : `process.stderr.write(${JSON.stringify(behaviour.words)}); process.exitCode = ${behaviour.code};`;
  const script = join(bin, 'ssh');
  writeFileSync(
    script,
    `#!${process.execPath}
require('node:fs').appendFileSync(${JSON.stringify(log)}, JSON.stringify(process.argv.slice(2)) + '\\n');
${body}\n`,
  );
  chmodSync(script, 0o755);
  return {
    path: `${bin}:${dirname(process.execPath)}`,
    calls: () =>
      readFileSync(log, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as string[]),
  };
}
