/** The scripts of Docker's plain shell, run by this computer's own. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commandArguments, commandInput, hello } from '../../../src-main/drivers/docker/shell-scripts.ts';

describe.skipIf(process.platform === 'win32')('a command', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sb-head-'));
    // As busybox does it: whatever is there is taken from the pipe, and so much of it given.
    const head = '#!/bin/sh\nPATH=/usr/bin:/bin\ndd bs=65536 count=1 2>/dev/null | head "$@"\n';
    writeFileSync(join(folder, 'head'), head);
    chmodSync(join(folder, 'head'), 0o755);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const run = (code: string, environment: Record<string, string>, path = process.env['PATH'] ?? '') => {
    const input = commandInput(environment, code);
    const [program = '', ...args] = commandArguments(input.length);
    const { stdout, stderr, status } = spawnSync(program, args, { input, env: { PATH: path } });
    return {
      hello: hello.test(stdout.toString()),
      out: stdout.toString().replace(hello, ''),
      stderr,
      status,
    };
  };

  test.each(['an exact', 'a greedy'])('with %s head: environment, code, exit code', (kind) => {
    const path = [...(kind === 'a greedy' ? [folder] : []), process.env['PATH']].join(delimiter);
    const code = `echo "$A|$B"; printf '%s\\n' 'it''s "x" $A'; cat; echo "\${specboard_code-none}"; exit 3\n`;
    const ran = run(code, { A: `a'b "c" $d\n\\`, B: 'ü' }, path);
    expect(ran.out).toBe(`a'b "c" $d\n\\|ü\nits "x" $A\nnone\n`);
    expect(ran).toMatchObject({ hello: true, status: 3 });
  });

  test('code that is none is said by the shell, after the greeting', () => {
    const ran = run('if', {});
    expect(ran).toMatchObject({ hello: true, out: '' });
    expect(ran.status).not.toBe(0);
    expect(ran.stderr.toString()).toMatch(/syntax/i);
  });
});
