/** The pure parts of the Local driver: what they make, on systems that are not this one. */

import { homedir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { plainEnvironment, withProfile } from '../../src-main/drivers/local/environment.ts';
import { explainComplaint } from '../../src-main/drivers/local/probe-bubblewrap.ts';
import { pythonFolders } from '../../src-main/drivers/local/python-folders.ts';
import { seatbeltProfile } from '../../src-main/drivers/local/seatbelt.ts';
import { seccompProgram } from '../../src-main/drivers/local/seccomp.ts';
import { fileProblem } from '../../src-main/runner/file-errors.ts';

const python = {
  executable: '/opt/py/bin/python3',
  version: [3, 12, 1] as [number, number, number],
  prefix: '/opt/py',
  basePrefix: '/opt/py',
};

describe('why bubblewrap does not work', () => {
  test.each([
    ['bwrap: setting up uid map: Permission denied', null, /user namespaces/, /bwrap-userns-restrict/],
    [
      'bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted',
      null,
      /user namespaces/,
      /bwrap-userns-restrict/,
    ],
    [
      'bwrap: Creating new namespace failed, likely because the kernel does not support user namespaces.',
      null,
      /user namespaces/,
      /sysctl/,
    ],
    ['bwrap: No permissions to create new namespace', 'container', /inside a container/, /user namespaces/],
    ['bwrap: anything', 'flatpak', /Flatpak/, /AppImage/],
    ['bwrap: anything', 'snap', /snap/, /AppImage/],
    ['bwrap: something new', null, /something new/, /terminal/],
  ] as const)('%s', (said, box, message, hint) => {
    const told = explainComplaint(said, box);
    expect(told.message).toMatch(message);
    expect(told.hint).toMatch(hint);
  });
});

describe('the macOS profile', () => {
  const options = {
    workspace: '/Users/me/Library/Application Support/SpecBoard/sandboxes/1/workspace',
    packages: '/Users/me/p',
    temporary: '/Users/me/t',
    runner: '/Applications/SpecBoard.app/runner.py',
    home: '/Users/me',
    dataFolder: '/Users/me/Library/Application Support/SpecBoard',
    pythonFolders: ['/Users/me/.pyenv/versions/3.12'],
    files: [],
    network: false,
    packagesWritable: false,
  };
  const line = (profile: string, start: string) =>
    profile.split('\n').findIndex((text) => text.startsWith(start));

  test('denies by default, hides the home folder, and shows what is needed after that', () => {
    const profile = seatbeltProfile(options);
    expect(line(profile, '(deny default)')).toBe(1);
    const hides = line(profile, '(deny file-read* (subpath "/Users/me")');
    const shows = line(profile, `(allow file-read* (subpath "${options.workspace}")`);
    expect(hides).toBeGreaterThan(line(profile, '(allow file-read*)'));
    expect(shows).toBeGreaterThan(hides);
    expect(profile).not.toContain('network');
    expect(profile.split('\n').filter((text) => text.startsWith('(allow file-write*'))).toEqual([
      `(allow file-write* (subpath "${options.workspace}") (subpath "/Users/me/t"))`,
    ]);
  });

  test('an install sees no working folder and may write the packages only', () => {
    const { workspace: _gone, ...rest } = options;
    const profile = seatbeltProfile({ ...rest, network: true, packagesWritable: true });
    expect(profile).not.toContain('workspace');
    expect(profile).toContain('(allow file-write* (subpath "/Users/me/t") (subpath "/Users/me/p"))');
    expect(profile).toContain('(allow network-outbound (remote ip))');
  });

  test('brackets are balanced, and a name with quotes cannot end a rule', () => {
    const profile = seatbeltProfile({ ...options, workspace: '/Users/me/a") (allow default) ("\\' });
    expect(profile).toContain('(subpath "/Users/me/a\\") (allow default) (\\"\\\\")');
    const bare = profile.replaceAll(/"(?:[^"\\]|\\.)*"/g, '');
    expect(bare.split('(').length).toBe(bare.split(')').length);
    expect(bare).not.toContain('allow default');
  });
});

/** Runs a seccomp program as the kernel would. */
function verdict(program: Uint8Array, audit: number, call: number): number {
  const code = Buffer.from(program);
  let accumulator = 0;
  for (let at = 0; ; at += 1) {
    const [operation, yes, no, value] = [
      code.readUInt16LE(at * 8),
      code[at * 8 + 2] ?? 0,
      code[at * 8 + 3] ?? 0,
      code.readUInt32LE(at * 8 + 4),
    ];
    if (operation === 0x20) accumulator = value === 4 ? audit : call;
    else if (operation === 0x15) at += accumulator === value ? yes : no;
    else if (operation === 0x35) at += accumulator >= value ? yes : no;
    else if (operation === 0x06) return value;
    else throw new Error(`unknown operation ${operation}`);
  }
}

describe('the seccomp program', () => {
  const allow = 0x7fff0000;
  const refuse = 0x00050001;
  test.each([
    ['x64', 0xc000003e, [248, 249, 250, 321, 165, 442], [0, 1, 56, 59, 101, 251]],
    ['arm64', 0xc00000b7, [217, 218, 219, 280, 40, 442], [63, 64, 220, 221, 117]],
  ])(
    '%s: refuses the keyrings and the doors into the kernel, lets the rest pass',
    (arch, audit, refused, passed) => {
      const program = seccompProgram(arch) ?? new Uint8Array();
      for (const call of refused) expect(verdict(program, audit, call), String(call)).toBe(refuse);
      for (const call of passed) expect(verdict(program, audit, call), String(call)).toBe(allow);
      expect(verdict(program, 0x40000003, 1)).toBe(refuse);
      expect(verdict(program, audit, 0x40000001)).toBe(refuse);
    },
  );
  test('other machines have none', () => expect(seccompProgram('riscv64')).toBe(null));
});

describe('the environment', () => {
  const folders = {
    root: '/w',
    workspace: '/w/ws',
    chosen: false,
    packages: '/w/p',
    temporary: '/w/t',
    accounts: '/w/a',
  };
  test('without isolation only harmless names are handed on', () => {
    const host = {
      PATH: '/usr/bin',
      HOME: '/home/me',
      LC_ALL: 'C',
      AWS_SECRET_ACCESS_KEY: 'x',
      E2B_API_KEY: 'x',
      SSH_AUTH_SOCK: 'x',
      PYTHONSTARTUP: 'x',
      LD_PRELOAD: 'x',
      TMPDIR: '/tmp',
    };
    const env = plainEnvironment(folders, python, host);
    expect(Object.values(env)).not.toContain('x');
    expect(env).toMatchObject({
      HOME: '/home/me',
      LC_ALL: 'C',
      TMPDIR: '/w/t',
      PATH: '/w/p/bin:/opt/py/bin:/usr/bin',
    });
  });
  test('the profile’s variables win, its Python path comes first', () => {
    expect(withProfile({ A: '1', PYTHONPATH: '/p' }, { A: '2', PYTHONPATH: '/mine' })).toEqual({
      A: '2',
      PYTHONPATH: '/mine:/p',
    });
  });
});

test('a Python in the home folder itself is shown by its parts only', () => {
  const home = homedir();
  const folders = pythonFolders({ ...python, executable: `${home}/bin/python`, prefix: home });
  expect(folders).not.toContain(home);
  for (const folder of folders)
    expect(folder).toMatch(/\/(?:opt\/py|bin|lib|lib64|include|share|pyvenv\.cfg)$/);
  expect(pythonFolders(python, ['/opt/py/data'])).not.toContain('/opt/py');
});

test('every error of the file system is one of ours, in words', () => {
  for (const code of ['ENOENT', 'EACCES', 'ENOSPC', 'EISDIR', 'ELOOP', 'EIO']) {
    const { problem } = fileProblem(
      Object.assign(new Error(`${code}: open '/proc/self/fd/9/x'`), { code }),
      'x.txt',
    );
    expect(problem.message).not.toMatch(/proc|E[A-Z]{3}/);
  }
  expect(fileProblem(Object.assign(new Error(), { code: 'ENOSPC' }), 'x').problem).toMatchObject({
    code: 'no-space',
    kept: 'The file is as it was.',
  });
});
