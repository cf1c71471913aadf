/** The rules about packages, without any process: names, trust, policy, commands, what a failure means. */
import { describe, expect, test } from 'vitest';
import { knownImports, notInstallable } from '../../src-main/runner/import-map.ts';
import {
  classifyInstallFailure,
  installCommand,
  progressLine,
} from '../../src-main/runner/install-command.ts';
import { decideInstall } from '../../src-main/runner/install-policy.ts';
import { normalName, resolvePackage, withinOneEdit } from '../../src-main/runner/resolve-package.ts';

describe('the map', () => {
  test.each([
    ['cv2', 'opencv-python-headless'],
    ['sklearn', 'scikit-learn'],
    ['PIL', 'pillow'],
    ['yaml', 'pyyaml'],
    ['bs4', 'beautifulsoup4'],
    ['dateutil', 'python-dateutil'],
    ['Crypto', 'pycryptodome'],
    ['numpy', 'numpy'],
    ['docker', 'docker'],
    ['bcrypt', 'bcrypt'],
  ])('%s is %s', (module, distribution) => {
    expect(resolvePackage(module)).toEqual({ package: { module, distribution, trust: 'known' } });
  });

  test('holds only importable names and normal distribution names, and nothing twice or of Python itself', () => {
    expect(knownImports.size).toBeGreaterThan(150);
    for (const [module, distribution] of knownImports) {
      expect(module).toMatch(/^[A-Za-z_]\w*$/);
      expect(distribution).toBe(normalName(distribution));
      expect(notInstallable.has(module)).toBe(false);
    }
    // Entries of well-known public lists that lead to the wrong project.
    const wrong = [
      'docker-py',
      'python-bcrypt',
      'asyncssh-unofficial',
      'autobahn-rce',
      'enum34',
      'futures',
      'adrest',
      'sklearn',
    ];
    const distributions = new Set(knownImports.values());
    expect(wrong.filter((name) => distributions.has(name))).toEqual([]);
  });

  test.each(['google', 'azure', 'tkinter', 'urllib2', 'distutils'])('%s is never offered', (module) => {
    expect(resolvePackage(module)).toHaveProperty('reason');
  });

  test.each(['numpi', 'nunpy', 'reqeusts', 'request', 'pandass', 'scikit_learn', 'beautifulsoup4', 'Numpy'])(
    '%s is suspicious',
    (module) => {
      expect(resolvePackage(module)).toMatchObject({ package: { trust: 'suspicious' } });
    },
  );

  test('anything else is a guess by its own name, and odd names are refused', () => {
    expect(resolvePackage('My_Tool')).toEqual({
      package: { module: 'My_Tool', distribution: 'my-tool', trust: 'guess' },
    });
    for (const name of ['--index-url', 'a b', 'x;y', '', '_', '../x', 'žluť', 'a@b']) {
      expect(resolvePackage(name)).toHaveProperty('reason');
    }
  });

  test.each([
    ['numpy', 'numpy', true],
    ['numpy', 'numpi', true],
    ['numpy', 'nmupy', true],
    ['numpy', 'umpy', true],
    ['numpy', 'nnumpy', true],
    ['numpy', 'mumpi', false],
    ['', 'ab', false],
    ['abcd', 'badc', false],
  ])('%s and %s within one edit: %s', (a, b, near) => {
    expect(withinOneEdit(a, b)).toBe(near);
    expect(withinOneEdit(b, a)).toBe(near);
  });
});

describe('the policy', () => {
  const known = { module: 'yaml', distribution: 'pyyaml', trust: 'known' } as const;
  const guess = { module: 'x', distribution: 'x', trust: 'guess' } as const;
  const suspicious = { module: 'numpi', distribution: 'numpi', trust: 'suspicious' } as const;
  const all = [known, guess, suspicious];

  test.each([
    ['never', true, [], [], all],
    ['never', false, [], [], all],
    ['ask', true, [], all, []],
    ['ask', false, [], [], all],
    ['always', true, [known], [guess, suspicious], []],
    ['always', false, [known], [], [guess, suspicious]],
  ] as const)('%s, somebody to ask: %s', (policy, canAsk, install, ask, skip) => {
    expect(decideInstall(policy, all, canAsk)).toEqual({ install, ask, skip });
  });
});

describe('the command', () => {
  const tools = {
    python: '/v/bin/python',
    prefix: '/v',
    basePrefix: '/usr',
    uv: null,
    pip: false,
    basePython: '/usr/bin/python3',
  };

  test('uv where it is; else the pip of the environment, else the pip it was made from; else none', () => {
    const uv = installCommand({ ...tools, uv: '/bin/uv' }, ['a', 'b']);
    expect(uv?.slice(0, 3)).toEqual(['/bin/uv', 'pip', 'install']);
    expect(uv?.slice(-5)).toEqual(['--only-binary', ':all:', '--', 'a', 'b']);
    expect(installCommand({ ...tools, pip: true }, ['a'])?.slice(0, 4)).toEqual([
      '/v/bin/python',
      '-m',
      'pip',
      'install',
    ]);
    expect(installCommand(tools, ['a'])?.slice(0, 5)).toEqual([
      '/usr/bin/python3',
      '-m',
      'pip',
      '--python',
      '/v/bin/python',
    ]);
    expect(installCommand({ ...tools, basePython: null }, ['a'])).toBeNull();
  });

  test('names stand behind --, source builds only where they are allowed', () => {
    const words = installCommand(tools, ['--evil'], { indexUrl: 'http://i/', python: '/w/bin/python' }) ?? [];
    expect(words.slice(words.indexOf('--'))).toEqual(['--', '--evil']);
    expect(words).toContain('/w/bin/python');
    expect(words).toContain('--only-binary');
    expect(installCommand(tools, ['a'], { allowSource: true })).not.toContain('--only-binary');
  });
});

test.each([
  [
    'offline',
    "WARNING: Retrying ... NewConnectionError(': Failed to establish a new connection: [Errno -2] Name or service not known')\nERROR: No matching distribution found for x",
  ],
  [
    'offline',
    'error: Failed to fetch: `https://i/simple/x/`\n  Caused by: error sending request\n  Caused by: dns error',
  ],
  [
    'not-found',
    'ERROR: Could not find a version that satisfies the requirement x (from versions: none)\nERROR: No matching distribution found for x',
  ],
  [
    'not-found',
    '  × No solution found when resolving dependencies:\n  ╰─▶ Because x was not found in the package registry and you require x',
  ],
  [
    'no-wheel',
    '  Skipping link: No sources permitted for x: ...\nERROR: No matching distribution found for x',
  ],
  ['no-wheel', 'No solution found when resolving: Because x has no wheels with a matching Python ABI tag'],
  ['conflict', 'ERROR: ResolutionImpossible: for help visit ...'],
  [
    'conflict',
    'error: No solution found when resolving dependencies\n  cause: Because all versions of x depend on y==1.0 and y==2.0, we can conclude that x cannot be used.',
  ],
  ['no-space', 'ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device'],
  ['externally-managed', 'error: externally-managed-environment\n× This environment is externally managed'],
  ['denied', "ERROR: Could not install packages due to an OSError: [Errno 13] Permission denied: '/usr/lib'"],
  ['no-installer', '/usr/bin/python3: No module named pip'],
  ['unknown', 'ERROR: something else'],
])('%s', (kind, output) => {
  const failure = classifyInstallFailure(['x'], output);
  expect(failure.kind).toBe(kind);
  expect(failure.message).toMatch(/^x could not be installed/);
  expect(failure.hint).not.toBe('');
});

test('progress shows the steps, not the noise', () => {
  expect(progressLine('Collecting pyyaml')).toBe('Collecting pyyaml');
  expect(progressLine('Successfully installed pyyaml-1.0')).not.toBeNull();
  for (const noise of [
    '',
    '  Found link http://x',
    'Using pip 23',
    '1 location(s) to search:',
    '  Skipping link: x',
  ]) {
    expect(progressLine(noise)).toBeNull();
  }
});
