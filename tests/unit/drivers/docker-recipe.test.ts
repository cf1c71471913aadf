/** The container recipe of Docker, what a profile may say, and the words of a pull: pure parts, without an engine. */
import { describe, expect, test } from 'vitest';
import { dockerManifest } from '../../../src-main/drivers/docker/manifest.ts';
import { isEngineSocket, isRoot } from '../../../src-main/drivers/docker/mount-rules.ts';
import { pullReporter, pullStep } from '../../../src-main/drivers/docker/pull-steps.ts';
import {
  helperSpec,
  isInMemory,
  memoryFolders,
  sandboxSpec,
  userOf,
} from '../../../src-main/drivers/docker/recipe.ts';
import {
  type DockerSettings,
  dockerSettingsSchema,
  parsePort,
} from '../../../src-main/drivers/docker/settings.ts';
import { exportScript, quoted } from '../../../src-main/drivers/docker/shell-scripts.ts';

const owner = { installationId: 'here', sessionId: 'session-1', nonce: 'nonce-1', appVersion: '1.0' };
const engine = {
  rootless: false,
  processors: 8,
  limits: { memory: true, processes: true, processors: true },
};
const settings = (changes: Partial<DockerSettings> = {}): DockerSettings =>
  dockerSettingsSchema.parse(changes);

/** The message for a field, or null where the settings are fine. */
function said(changes: Record<string, unknown>): { field: string; message: string } | null {
  const { error } = dockerSettingsSchema.safeParse(changes);
  const issue = error?.issues[0];
  return issue ? { field: String(issue.path[0]), message: issue.message } : null;
}

describe('the recipe', () => {
  test('is closed by default', () => {
    const { User, HostConfig, Env, Labels } = sandboxSpec(settings(), owner, engine);
    expect(User).toBe('1000:1000');
    expect(HostConfig).toMatchObject({
      ...{ Init: true, CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges:true'], ReadonlyRootfs: true },
      ...{
        Privileged: false,
        NetworkMode: 'none',
        IpcMode: 'private',
        LogConfig: { Type: 'none' },
        PidsLimit: 256,
      },
      ...{ Memory: 2048 * 1_048_576, MemorySwap: 2048 * 1_048_576, NanoCpus: 2e9 },
    });
    expect(HostConfig?.CapAdd).toBeUndefined();
    expect(HostConfig?.PortBindings).toBeUndefined();
    expect(JSON.stringify(HostConfig)).not.toContain('.sock');
    expect(Env).toEqual(expect.arrayContaining(['HOME=/home/user']));
    expect(Labels).toMatchObject({
      ...{ 'specboard.installation': 'here', 'specboard.session': 'session-1', 'specboard.nonce': 'nonce-1' },
    });
  });

  test('never gives more processors than the engine has, and no limit that the engine refuses', () => {
    expect(sandboxSpec(settings({ cpus: 64 }), owner, engine).HostConfig?.NanoCpus).toBe(8e9);
    expect(
      sandboxSpec(settings({ cpus: 64 }), owner, { ...engine, processors: 0 }).HostConfig?.NanoCpus,
    ).toBe(64e9);
    const limits = { memory: false, processes: false, processors: false };
    const { HostConfig } = sandboxSpec(settings(), owner, { ...engine, limits });
    expect(HostConfig).not.toHaveProperty('Memory');
    expect(HostConfig).not.toHaveProperty('PidsLimit');
    expect(HostConfig).not.toHaveProperty('NanoCpus');
  });

  test.each([64, 128, 512, 2048, 65_536])('of %d MB of memory folders take at most half', (memoryMb) => {
    const shares = memoryFolders({ memoryMb, diskMb: 1_000_000 });
    const sum = Object.values(shares).reduce((total, bytes) => total + bytes, 0);
    expect(sum).toBeLessThanOrEqual((memoryMb * 1_048_576) / 2);
    expect(shares.workspace).toBeGreaterThan(16 * 1_048_576);
    expect(memoryFolders({ memoryMb: 65_536, diskMb: 100 }).workspace).toBe(100 * 1_048_576);
  });

  test('the working folder is in memory and the person’s own, or a volume of the engine', () => {
    const mounts = (changes: Partial<DockerSettings>) =>
      sandboxSpec(settings(changes), owner, engine).HostConfig?.Mounts ?? [];
    const [memory, packages] = mounts({ user: '1234' });
    expect(memory?.VolumeOptions?.DriverConfig?.Options).toMatchObject({
      type: 'tmpfs',
      o: expect.stringMatching(/^nosuid,nodev,mode=0755,uid=1234,gid=1234,size=\d+$/),
    });
    expect(packages).toMatchObject({ ReadOnly: true, Target: '/opt/specboard-packages' });
    const [disk] = mounts({ atDisconnect: 'keep' });
    expect(disk?.VolumeOptions?.DriverConfig).toBeUndefined();
    expect(disk?.VolumeOptions?.Labels).toMatchObject({ 'specboard.session': 'session-1' });
    expect([isInMemory({ atDisconnect: 'remove' }), isInMemory({ atDisconnect: 'stop' })]).toEqual([
      true,
      false,
    ]);
  });

  test('in a rootless engine root is the person, and nobody else can write their folders', () => {
    expect(userOf(settings(), { rootless: true })).toBe('0:0');
    expect(userOf(settings({ user: '5' }), { rootless: false })).toBe('5:5');
  });

  test('ports are published to this computer only, and only with the network', () => {
    const changes = { network: true, ports: ['8000', '8080:80', '8081:80'] };
    expect(sandboxSpec(settings(changes), owner, engine).HostConfig).toMatchObject({
      NetworkMode: 'bridge',
      PortBindings: {
        '8000/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }],
        '80/tcp': [
          { HostIp: '127.0.0.1', HostPort: '8080' },
          { HostIp: '127.0.0.1', HostPort: '8081' },
        ],
      },
    });
  });

  test('a helper has one capability, no folder but its own, and ends with its work', () => {
    const spec = helperSpec(
      settings({ mounts: [{ source: '/srv', target: '/data', writable: true }] }),
      owner,
      engine,
      {
        command: ['chown', '1:1', '/x'],
        network: false,
        volumes: [{ name: 'v', target: '/x' }],
      },
    );
    expect(spec).toMatchObject({
      Entrypoint: ['chown'],
      Cmd: ['1:1', '/x'],
      Labels: { 'specboard.role': 'helper' },
    });
    expect(spec.HostConfig).toMatchObject({
      CapDrop: ['ALL'],
      CapAdd: ['CHOWN'],
      AutoRemove: true,
      ReadonlyRootfs: true,
    });
    expect(spec.HostConfig?.Mounts).toEqual([
      { Type: 'volume', Source: 'v', Target: '/x', VolumeOptions: { NoCopy: true } },
    ]);
  });
});

describe('the settings', () => {
  test('have a field each, and defaults that are valid', () => {
    const { defaults, fields } = dockerManifest;
    expect(dockerSettingsSchema.parse({})).toEqual(defaults);
    expect(fields.map(({ key }) => key).sort()).toEqual(Object.keys(defaults).sort());
  });

  test.each([
    [{ image: '' }, 'image', /name of an image/],
    [{ image: '--privileged' }, 'image', /name of an image/],
    [{ image: 'a b' }, 'image', /name of an image/],
    [{ user: 'root' }, 'user', /numbers/],
    [{ user: '1:2:3' }, 'user', /numbers/],
    [{ memoryMb: 1 }, 'memoryMb', /64 to/],
    [{ cpus: 0 }, 'cpus', /0.1 to/],
    [{ maxProcesses: 1 }, 'maxProcesses', /16 to/],
    [{ ports: ['8000'] }, 'ports', /need the network/],
    [{ network: true, ports: ['80:90:100'] }, 'ports', /port like 8000/],
    [{ network: true, ports: ['99999'] }, 'ports', /port like 8000/],
    [{ network: true, ports: ['8080:80', '8080:81'] }, 'ports', /named twice/],
    [{ environment: { 'A-B': 'x' } }, 'environment', /letters/],
    [{ environment: { A: 'x\0' } }, 'environment', /NUL/],
    [{ workingFolder: 'workspace' }, 'workingFolder', /full path/],
    [{ workingFolder: '/etc/x' }, 'workingFolder', /full path/],
    [{ workingFolder: '/a/../etc' }, 'workingFolder', /full path/],
    [{ workingFolder: '/' }, 'workingFolder', /full path/],
    [{ workingFolder: '/home/user' }, 'workingFolder', /full path/],
    [{ workingFolder: '/opt/specboard-packages/x' }, 'workingFolder', /full path/],
    [
      {
        mounts: [
          { source: '/a', target: '/data' },
          { source: '/b', target: '/data/' },
        ],
      },
      'mounts',
      /same place/,
    ],
    [{ packageIndex: 'pypi' }, 'packageIndex', /https/],
    [{ nonsense: 1 }, 'undefined', /nonsense/],
  ])('%j is refused in words', (changes, field, message) => {
    expect(said(changes)?.field).toBe(field);
    expect(said(changes)?.message).toMatch(message);
  });

  test.each([
    ['/', '/data', /whole computer/],
    ['//', '/data', /whole computer/],
    ['C:\\', '/data', /whole computer/],
    ['relative', '/data', /full path/],
    ['/var/run/docker.sock', '/data', /never given/],
    ['/home/me/.docker/run/docker.sock', '/x.sock', /never given/],
    ['//./pipe/docker_engine', '/x', /never given/],
    ['/proc', '/data', /kernel/],
    ['/sys/fs', '/data', /kernel/],
    ['/srv', 'data', /full path in the container/],
    ['/srv', '/a/../../etc', /full path in the container/],
    ['/srv', '/./proc/x', /full path in the container/],
    ['/srv', '/', /full path in the container/],
    ['/srv', '/proc/x', /belongs to its system/],
    ['/srv', '/workspace', /used by SpecBoard/],
    ['/srv', '/home', /used by SpecBoard/],
    ['/srv', '/opt/', /used by SpecBoard/],
    ['/srv', '/tmp', /used by SpecBoard/],
  ])('%s at %s is no folder to mount', (source, target, message) => {
    const found = said({ mounts: [{ source, target }] });
    expect(found?.field).toBe('mounts');
    expect(found?.message).toMatch(message);
  });

  test('folders of both kinds of computers can be mounted, read-only unless said', () => {
    const mounts = [
      { source: '/srv/data', target: '/data' },
      { source: 'C:\\Users\\me\\data', target: '/workspace/inside', writable: true },
    ];
    expect(dockerSettingsSchema.parse({ mounts }).mounts.map(({ writable }) => writable)).toEqual([
      false,
      true,
    ]);
    expect(said({ mounts: [mounts[0], { ...mounts[1], target: '/data' }] })?.message).toMatch(/same place/);
  });

  test('names of sockets, roots and ports', () => {
    for (const path of [
      '/run/podman/podman.sock',
      '/run/containerd/containerd.sock',
      '\\\\.\\pipe\\docker_engine',
    ])
      expect(isEngineSocket(path), path).toBe(true);
    expect(isEngineSocket('/srv/docker.sock.d')).toBe(false);
    expect(['/', '\\', 'D:/', '\\\\server\\share'].map(isRoot)).toEqual([true, true, true, true]);
    expect(isRoot('/srv')).toBe(false);
    expect(parsePort('8000')).toEqual({ host: null, container: 8000 });
    expect(parsePort('8080:80')).toEqual({ host: 8080, container: 80 });
    expect(['0', '80:0', 'x', '', '1:2:3'].map(parsePort)).toEqual([null, null, null, null, null]);
  });
});

describe('words', () => {
  const progress = { words: '', doneBytes: 34_100_000, totalBytes: 45_000_000, layersDone: 1, layers: 5 };

  test('of a pull', () => {
    expect(pullStep('python:3.12-slim', { ...progress, phase: 'downloading' })).toBe(
      'Pulling python:3.12-slim: 34 of 45 MB',
    );
    expect(pullStep('x', { ...progress, phase: 'resolving' })).toBe('Pulling x');
    expect(pullStep('x', { ...progress, phase: 'extracting' })).toBe('Unpacking x: 1 of 5 layers');
    expect(pullStep('x', { ...progress, phase: 'downloading', doneBytes: 1_500_000 })).toBe(
      'Pulling x: 1.5 of 45 MB',
    );
  });

  test('are told a few times a second, and never twice', () => {
    const told: string[] = [];
    let now = 0;
    const report = pullReporter(
      'x',
      (step) => told.push(step),
      () => now,
    );
    for (let n = 0; n < 1000; n += 1) {
      now += 1;
      report({ ...progress, phase: 'downloading', doneBytes: n * 45_000 });
    }
    report({ ...progress, phase: 'done' });
    report({ ...progress, phase: 'done' });
    expect(told).toHaveLength(5);
    expect(told.at(-1)).toBe('Pulled x');
  });

  test('of a shell: every value is one word', () => {
    expect(quoted(`it's "$x" \\`)).toBe(`'it'"'"'s "$x" \\'`);
    expect(exportScript({ A: 'b c', D: '' })).toBe(`export A='b c'\nexport D=''\n`);
  });
});
