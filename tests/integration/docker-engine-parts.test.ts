/** The pieces of the engine's client by themselves: addresses, frames cut anywhere, formulas, sums of a pull, words to errors. */
import { PassThrough, Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { agreeOnVersion } from '../../src-main/drivers/docker/engine/api-version.ts';
import { readStats } from '../../src-main/drivers/docker/engine/container-stats.ts';
import { isInsecure, parseAddress } from '../../src-main/drivers/docker/engine/engine-address.ts';
import {
  EngineLinkError,
  EngineProtocolError,
  EngineReplyError,
} from '../../src-main/drivers/docker/engine/engine-failure.ts';
import { framesOf } from '../../src-main/drivers/docker/engine/exec-frames.ts';
import { parseImageReference } from '../../src-main/drivers/docker/engine/image-reference.ts';
import { jsonLines } from '../../src-main/drivers/docker/engine/json-lines.ts';
import { mapEngineError, mapPullError } from '../../src-main/drivers/docker/engine/map-engine-errors.ts';
import { PullTally } from '../../src-main/drivers/docker/engine/pull-progress.ts';
import { usualSockets } from '../../src-main/drivers/docker/engine/usual-sockets.ts';
import { SpecboardError } from '../../src-shared/contract/errors.ts';
import { never } from './docker-engine-support.ts';

describe('addresses', () => {
  test.each([
    ['unix:///var/run/docker.sock', { kind: 'socket', path: '/var/run/docker.sock' }],
    [' /run/user/1000/docker.sock ', { kind: 'socket', path: '/run/user/1000/docker.sock' }],
    ['npipe:////./pipe/docker_engine', { kind: 'pipe', path: '//./pipe/docker_engine' }],
    ['\\\\.\\pipe\\docker_engine', { kind: 'pipe', path: '//./pipe/docker_engine' }],
    ['tcp://127.0.0.1', { kind: 'tcp', host: '127.0.0.1', port: 2375, tls: false }],
    ['tcp://[::1]:99', { kind: 'tcp', host: '::1', port: 99, tls: false }],
    ['http://host:80', { kind: 'tcp', host: 'host', port: 80, tls: false }],
    ['https://host', { kind: 'tcp', host: 'host', port: 2376, tls: true }],
    ['ssh://me@host:22', { kind: 'ssh', host: 'host', user: 'me', port: 22 }],
    ['ssh://alias', { kind: 'ssh', host: 'alias', user: null, port: null }],
  ])('%s', (text, address) => {
    expect(parseAddress(text)).toEqual(address);
  });

  test.each([
    'docker',
    'unix://relative.sock',
    'fd://',
    'tcp://',
    'tcp://host:99999',
    'npipe://docker_engine',
    'ssh://-oProxyCommand=evil',
    'ssh://-l@host',
  ])('%s is none', (text) => {
    expect(() => parseAddress(text)).toThrow(SpecboardError);
  });

  test('a password is refused and not repeated', () => {
    for (const text of ['ssh://me:hunter2@host', 'tcp://me:hunter2@host', 'tcp://me:hunter2@host:99999']) {
      try {
        parseAddress(text);
        expect.unreachable();
      } catch (error) {
        expect(JSON.stringify((error as SpecboardError).problem)).not.toContain('hunter2');
      }
    }
  });

  test('only plain or unchecked TCP to another computer is insecure', () => {
    const insecure = (url: string, skipVerify?: boolean) =>
      isInsecure({
        url,
        address: parseAddress(url, skipVerify !== undefined),
        tls: skipVerify === undefined ? null : { skipVerify },
      });
    expect(insecure('tcp://10.0.0.1')).toBe(true);
    expect(insecure('tcp://10.0.0.1', true)).toBe(true);
    expect(insecure('tcp://127.0.0.1.evil.example')).toBe(true);
    expect(insecure('tcp://10.0.0.1', false)).toBe(false);
    for (const url of ['tcp://127.8.8.8', 'tcp://localhost', 'tcp://[::1]', 'unix:///x', 'ssh://far'])
      expect(insecure(url)).toBe(false);
  });

  test('every usual place of every system is an address', () => {
    for (const platform of ['linux', 'darwin', 'win32'] as const) {
      const places = usualSockets({
        platform,
        home: '/home/me',
        env: { XDG_RUNTIME_DIR: '/run/1', TMPDIR: '/t' },
      });
      expect(places.length).toBeGreaterThan(2);
      for (const { url } of places) parseAddress(url);
    }
  });
});

describe('names of images', () => {
  test.each([
    ['python', 'python', 'latest', null, 'python:latest'],
    ['python:3.12-slim', 'python', '3.12-slim', null, 'python:3.12-slim'],
    ['localhost:5000/a/b', 'localhost:5000/a/b', 'latest', null, 'localhost:5000/a/b:latest'],
    ['127.0.0.1:5000/a:1', '127.0.0.1:5000/a', '1', null, '127.0.0.1:5000/a:1'],
    ['ghcr.io/a/b.c__d:V1', 'ghcr.io/a/b.c__d', 'V1', null, 'ghcr.io/a/b.c__d:V1'],
  ])('%s', (text, repository, tag, digest, full) => {
    expect(parseImageReference(text)).toEqual({ repository, tag, digest, full });
  });

  test('a digest wins over a tag', () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    expect(parseImageReference(`python:3@${digest}`)).toMatchObject({
      tag: null,
      digest,
      full: `python@${digest}`,
    });
  });
});

describe('frames', () => {
  const frame = (stream: number, text: string) => {
    const head = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
    head.writeUInt32BE(Buffer.byteLength(text), 4);
    return Buffer.concat([head, Buffer.from(text)]);
  };
  const read = async (chunks: Buffer[], head = Buffer.alloc(0), tty = false) => {
    const texts = { stdout: '', stderr: '' };
    const order: string[] = [];
    for await (const { stream, bytes } of framesOf(Readable.from(chunks), head, tty)) {
      texts[stream] += Buffer.from(bytes).toString('latin1');
      if (order.at(-1) !== stream) order.push(stream);
    }
    return { ...texts, order };
  };
  const whole = Buffer.concat([
    frame(1, 'one'),
    frame(2, 'two'),
    frame(1, ''),
    frame(0, 'three'),
    frame(1, 'four'),
  ]);

  test('cut at every byte they come out the same', async () => {
    for (let at = 0; at <= whole.length; at++) {
      const seen = await read([whole.subarray(0, at), whole.subarray(at)].filter((part) => part.length > 0));
      expect(seen).toEqual({ stdout: 'onethreefour', stderr: 'two', order: ['stdout', 'stderr', 'stdout'] });
    }
    expect((await read([], whole)).stdout).toBe('onethreefour');
    expect((await read([...whole].map((byte) => Buffer.from([byte])))).stderr).toBe('two');
  });

  test('with a terminal the bytes are as they are', async () => {
    expect((await read([Buffer.from('\x01\0ab')], Buffer.alloc(0), true)).stdout).toBe('\x01\0ab');
  });

  test('an end in the middle, and something that is no frame, are told', async () => {
    await expect(read([whole.subarray(0, 9)])).rejects.toBeInstanceOf(EngineLinkError);
    await expect(read([whole.subarray(0, 3)])).rejects.toBeInstanceOf(EngineLinkError);
    await expect(read([Buffer.from('HTTP/1.1 500')])).rejects.toBeInstanceOf(EngineProtocolError);
    await expect(read([Buffer.from([3, 0, 0, 0, 0, 0, 0, 0])])).rejects.toBeInstanceOf(EngineProtocolError);
  });

  test('nothing is read ahead of the reader', async () => {
    const stream = new PassThrough({ highWaterMark: 1024 });
    const reader = framesOf(stream, new Uint8Array(), false);
    stream.write(frame(1, 'x'.repeat(500)));
    expect((await reader.next()).value?.bytes).toHaveLength(500);
    for (let i = 0; i < 20 && stream.write(frame(1, 'x'.repeat(500))); i++);
    expect(stream.writableNeedDrain).toBe(true);
    await reader.return(undefined);
    expect(stream.destroyed).toBe(true);
  });
});

test('JSON lines: cut anywhere, also in a character; what is not JSON is told', async () => {
  const text = Buffer.from('{"a":"ä€😀"}\r\n\n{"b":2}');
  const read = async (chunks: Buffer[]) => {
    const all: unknown[] = [];
    for await (const line of jsonLines(Readable.from(chunks))) all.push(line);
    return all;
  };
  for (let at = 1; at < text.length; at++)
    expect(await read([text.subarray(0, at), text.subarray(at)])).toEqual([{ a: 'ä€😀' }, { b: 2 }]);
  await expect(read([Buffer.from('<html>\n')])).rejects.toBeInstanceOf(EngineProtocolError);
  await expect(read([Buffer.alloc(5_000_000, 'x')])).rejects.toBeInstanceOf(EngineProtocolError);
});

describe('readings', () => {
  const cpu = (total: number, system: number) => ({
    cpu_usage: { total_usage: total },
    system_cpu_usage: system,
    online_cpus: 4,
  });
  const reading = (more: object = {}) => ({
    read: '2024-05-01T10:00:01.5Z',
    cpu_stats: cpu(3_000, 40_000),
    precpu_stats: cpu(1_000, 36_000),
    memory_stats: { usage: 1000, limit: 5000, stats: { total_inactive_file: 300 } },
    pids_stats: { current: 7 },
    ...more,
  });
  const read = async (...lines: object[]) => {
    const all = [];
    for await (const stats of readStats(Readable.from(lines))) all.push(stats);
    return all;
  };

  test('are those of docker stats', async () => {
    const [stats] = await read(
      reading({
        networks: { eth0: { rx_bytes: 1, tx_bytes: 2 }, eth1: { rx_bytes: 10, tx_bytes: 20 } },
        blkio_stats: {
          io_service_bytes_recursive: [
            { op: 'Read', value: 5 },
            { op: 'write', value: 6 },
            { op: 'Total', value: 11 },
          ],
        },
      }),
    );
    expect(stats).toEqual({
      at: Date.UTC(2024, 4, 1, 10, 0, 1, 500),
      cpuCores: 2,
      onlineCpus: 4,
      memoryUsed: 700,
      memoryLimit: 5000,
      pids: 7,
      network: { received: 11, sent: 22 },
      disk: { read: 5, written: 6 },
    });
  });

  test('of cgroup v2 and of little said', async () => {
    const [v2, little] = await read(
      reading({ memory_stats: { usage: 1000, limit: 5000, stats: { inactive_file: 100 } } }),
      reading({ memory_stats: {}, pids_stats: {}, blkio_stats: { io_service_bytes_recursive: null } }),
    );
    expect(v2?.memoryUsed).toBe(900);
    expect(little).toMatchObject({ memoryUsed: 0, pids: 0, network: null, disk: { read: 0, written: 0 } });
  });

  test('without an earlier one there is none: the first, and those of a container that ended', async () => {
    expect(await read(reading({ precpu_stats: cpu(0, 0) }), reading({ cpu_stats: cpu(0, 0) }))).toEqual([]);
    await expect(read({ message: 'no' })).rejects.toBeInstanceOf(EngineProtocolError);
  });
});

test('a pull: what people see never goes back, and is done only at the end', () => {
  const tally = new PullTally('x:1');
  const line = (status: string, id?: string, current?: number, total?: number) =>
    tally.add({ status, ...(id ? { id } : {}), ...(total ? { progressDetail: { current, total } } : {}) });
  const seen: (string | number)[][] = [];
  const look = () => {
    const { phase, doneBytes, totalBytes, layersDone, layers } = tally.progress;
    seen.push([phase, doneBytes, totalBytes, layersDone, layers]);
  };
  look();
  line('Pulling from library/x', '1');
  line('Pulling fs layer', 'a');
  line('Pulling fs layer', 'b');
  look();
  line('Downloading', 'a', 60, 100);
  line('Already exists', 'b');
  look();
  line('Retrying in 5 seconds', 'a');
  line('Downloading', 'a', 10, 100);
  look();
  line('Download complete', 'a');
  line('Extracting', 'a', 50, 100);
  look();
  line('Pull complete', 'a');
  look();
  line('Digest: sha256:0');
  line('Status: Downloaded newer image for x:1');
  look();
  expect(seen).toEqual([
    ['resolving', 0, 0, 0, 0],
    ['resolving', 0, 0, 0, 2],
    ['downloading', 60, 100, 1, 2],
    ['downloading', 60, 100, 1, 2],
    ['extracting', 100, 100, 1, 2],
    ['extracting', 100, 100, 2, 2],
    ['done', 100, 100, 2, 2],
  ]);
});

test('versions are numbers, not texts', () => {
  expect(agreeOnVersion('1.41', '')).toEqual([1, 41]);
  expect(agreeOnVersion('1.100', '1.24')).toEqual([1, 52]);
  for (const [version, floor] of [
    ['1.5', ''],
    ['1.100', '1.53'],
    ['', ''],
    ['v2', ''],
  ] as const)
    expect(() => agreeOnVersion(version, floor)).toThrow(SpecboardError);
});

describe('errors', () => {
  const container = { doing: 'start the container', subject: 'container' } as const;
  const image = { doing: 'get the image', subject: 'image', name: 'x:1' } as const;

  test.each([
    [404, 'No such container: x', 'gone'],
    [404, 'No such image: x:1', 'image-missing'],
    [404, 'page not found', 'not-found'],
    [409, 'Conflict. The container name "/x" is already in use by container "y".', 'conflict'],
    [409, 'Container x is not running', 'gone'],
    [409, 'Container x is paused, unpause the container before exec', 'unavailable'],
    [
      400,
      'client version 1.24 is too old. Minimum supported API version is 1.44, please upgrade',
      'unsupported',
    ],
    [400, 'invalid mount config for type "bind": bind source path does not exist: /x', 'not-found'],
    [400, 'Client sent an HTTP request to an HTTPS server.\n', 'unreachable'],
    [400, 'something else', 'invalid'],
    [500, 'linux spec user: unable to find user nobody-here: no matching entries in passwd file', 'invalid'],
    [500, 'write /x: no space left on device', 'no-space'],
    [
      500,
      'driver failed programming external connectivity: Bind for 0.0.0.0:80 failed: port is already allocated',
      'conflict',
    ],
    [500, 'Mounts denied: The path /x is not shared from the host', 'forbidden'],
    [500, 'anything', 'unavailable'],
    [403, '', 'forbidden'],
    [501, '', 'unsupported'],
  ] as const)('%i "%s" is %s', (status, words, code) => {
    const error = mapEngineError(new EngineReplyError(status, words), container, never);
    expect(error.code).toBe(code);
    if (words.length > 20) expect(error.message).not.toContain(words);
    expect(error.problem.details).toBe(words);
  });

  test.each([
    [
      'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host',
      'unreachable',
    ],
    [
      'Get "https://x/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded)',
      'unreachable',
    ],
    ['net/http: TLS handshake timeout', 'unreachable'],
    ['toomanyrequests: You have reached your pull rate limit.', 'rate-limited'],
    ['manifest for x:1 not found: manifest unknown: manifest unknown', 'image-missing'],
    [
      "pull access denied for x, repository does not exist or may require 'docker login': denied",
      'image-missing',
    ],
    ['no matching manifest for linux/arm64/v8 in the manifest list entries', 'image-missing'],
    ['unauthorized: authentication required', 'auth'],
    ['failed to register layer: write /x: no space left on device', 'no-space'],
    ['something new', 'unavailable'],
  ] as const)('a pull that says "%s" is %s', (words, code) => {
    const error = mapPullError(words, image);
    expect(error.code).toBe(code);
    expect(error.problem.hint).toBeTruthy();
  });

  test.each([
    ['ENOENT', {}, 'engine-missing'],
    ['ECONNREFUSED', { address: '/x.sock' }, 'engine-missing'],
    ['ECONNREFUSED', { address: '127.0.0.1', port: 1 }, 'unreachable'],
    ['EACCES', {}, 'engine-denied'],
    ['EPERM', {}, 'engine-denied'],
    ['ENOTFOUND', {}, 'unreachable'],
    ['EHOSTUNREACH', {}, 'unreachable'],
    ['TIMEOUT', {}, 'unavailable'],
    ['ECONNRESET', {}, 'unavailable'],
    ['EPIPE', {}, 'unavailable'],
    ['SELF_SIGNED_CERT_IN_CHAIN', {}, 'unreachable'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', {}, 'auth'],
  ] as const)('a link that fails with %s %j is %s', (code, cause, expected) => {
    const error = mapEngineError(new EngineLinkError(code, 'words', false, cause), container, never);
    expect(error.code).toBe(expected);
    expect(error.problem.hint).toBeTruthy();
  });

  test('an abort is its reason, whatever broke', () => {
    const reset = new EngineLinkError('ECONNRESET', 'x', true);
    expect(mapEngineError(reset, container, AbortSignal.abort()).code).toBe('cancelled');
    const timeout = AbortSignal.abort(new DOMException('x', 'TimeoutError'));
    expect(mapEngineError(reset, container, timeout).code).toBe('timeout');
    const ours = new SpecboardError('quota', 'ours');
    expect(mapEngineError(ours, container, never)).toBe(ours);
  });
});
