/** Programs in a container of a real engine: order, frames, back-pressure, terminals, exit codes, aborts. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { EngineExec } from '../../src-main/drivers/docker/engine/engine-exec.ts';
import { isMissingProgram } from '../../src-main/drivers/docker/engine/map-engine-errors.ts';
import { plainImage } from '../support/docker-engine/start-docker-engine.ts';
import { testEngine } from '../support/docker-engine/test-engine.ts';
import { collect, errorOf, never, useEngine } from './docker-engine-support.ts';

const { engine, reason } = await testEngine();

describe.skipIf(reason !== null)('a program in a container', () => {
  const use = useEngine(engine?.url);
  const sh = (id: string, script: string, more: object = {}, signal = never): Promise<EngineExec> =>
    use.client.containers.exec(id, { cmd: ['sh', '-c', script], ...more }, signal);

  test('stdout and stderr come apart, in the order in which they were written', async () => {
    const exec = await sh(
      await use.running(),
      // The engine copies two pipes: only what is apart in time has an order.
      'for i in 1 2 3; do echo out$i; sleep 0.05; echo err$i >&2; sleep 0.05; done',
    );
    const seen: string[] = [];
    for await (const { stream, bytes } of exec.output) seen.push(`${stream} ${Buffer.from(bytes)}`.trim());
    const expected = [1, 2, 3].flatMap((i) => [`stdout out${i}`, `stderr err${i}`]);
    expect(seen).toEqual(expected);
    expect(await exec.exitCode(never)).toBe(0);
  });

  test('reading stdout only keeps the end of stderr', async () => {
    const exec = await sh(await use.running(), 'echo out; head -c 100000 /dev/zero >&2; echo last >&2');
    expect((await collect(exec.stdout)).toString()).toBe('out\n');
    expect(exec.stderrTail.length).toBe(16 * 1024);
    expect(exec.stderrTail.endsWith('last\n')).toBe(true);
  });

  test('input arrives byte for byte, and its end is the end', async () => {
    const exec = await sh(await use.running(), 'sha256sum; echo over', { stdin: true });
    const piece = Buffer.alloc(256 * 1024, 'x\0\xff', 'latin1');
    const hash = createHash('sha256');
    for (let i = 0; i < 64; i++) {
      hash.update(piece);
      await exec.write(piece);
    }
    exec.endInput();
    expect((await collect(exec.stdout)).toString()).toBe(`${hash.digest('hex')}  -\nover\n`);
  });

  test('a hundred megabytes come whole', async () => {
    const exec = await sh(await use.running(), 'head -c 104857600 /dev/zero');
    let bytes = 0;
    for await (const piece of exec.stdout) bytes += piece.length;
    expect(bytes).toBe(104_857_600);
  });

  test('a reader that stops holds the program back', async () => {
    const exec = await sh(
      await use.running(),
      'i=0; while [ $i -lt 200 ]; do head -c 1000000 /dev/zero; i=$((i+1)); echo $i >/tmp/at; done',
    );
    const reader = exec.stdout[Symbol.asyncIterator]();
    await reader.next();
    const id = await lastOf(use);
    const at = async (): Promise<number> =>
      Number((await collect((await sh(id, 'cat /tmp/at 2>/dev/null || echo 0')).stdout)).toString());
    // It is held back when two looks see the same; free, it would be at its end long before.
    let before = await at();
    for (let now = await at(); now !== before; now = await at()) before = now;
    expect(before).toBeLessThan(100);
    let bytes = 0;
    for (let next = await reader.next(); !next.done; next = await reader.next()) bytes += next.value.length;
    expect(await at()).toBe(200);
    expect(bytes).toBeGreaterThan(199_000_000);
  });

  test('a terminal: its size from the start, a new size, Ctrl-C, the exit code', async () => {
    const script = 'trap "echo caught; exit 7" INT; while read -r line; do eval "$line"; done';
    const exec = await use.client.containers.exec(
      await use.running(),
      { cmd: ['sh', '-c', script], tty: true, stdin: true, size: { cols: 91, rows: 33 } },
      never,
    );
    const screen = new Screen(exec.output);
    await exec.write(Buffer.from('stty size\n'));
    await screen.until('33 91');
    await exec.resize({ cols: 120, rows: 40 });
    await exec.write(Buffer.from('stty size\n'));
    await screen.until('40 120');
    await exec.write(Buffer.from('\x03'));
    await screen.end();
    expect(screen.text).toMatch(/\^C[\s]*caught/);
    expect(await exec.exitCode(never)).toBe(7);
  });

  test.each([
    ['exit 0', 0],
    ['exit 3', 3],
    ['kill -TERM $$', 143],
    ['kill -KILL $$', 137],
  ])('%s ends with %i', async (script, code) => {
    const exec = await sh(await use.running(), script);
    await collect(exec.stdout);
    expect(await exec.exitCode(never)).toBe(code);
  });

  test('a program that the image lacks is told apart from one that fails', async () => {
    const id = await use.running({ Image: plainImage });
    const exec = await use.client.containers
      .exec(id, { cmd: ['python3', '-V'] }, never)
      .catch((error: unknown) => error);
    if (exec instanceof Error) {
      expect(await errorOf(Promise.reject(exec))).toMatchObject({ code: 'not-found' });
      return;
    }
    const output = (await collect((exec as EngineExec).stdout)).toString();
    expect(isMissingProgram(await (exec as EngineExec).exitCode(never), output)).toBe(true);
    expect(isMissingProgram(127, 'sh: 1: nothing: not found')).toBe(false);
  });

  test('user, folder and environment', async () => {
    const exec = await use.client.containers.exec(
      await use.running(),
      {
        cmd: ['sh', '-c', 'id -u; pwd; echo "$GREETING"'],
        user: '1000:1000',
        cwd: '/home/user',
        env: { GREETING: 'it\'s a "test" = $HOME\nnext' },
      },
      never,
    );
    expect((await collect(exec.stdout)).toString()).toBe('1000\n/home/user\nit\'s a "test" = $HOME\nnext\n');
  });

  test('aborting ends the output with the reason; closing ends it quietly; the container stays', async () => {
    const id = await use.running();
    const stop = new AbortController();
    const aborted = await sh(id, 'echo up; exec sleep 1000', {}, stop.signal);
    const failed = errorOf(
      (async () => {
        for await (const _ of aborted.output) stop.abort();
      })(),
      'cancelled',
    );
    expect((await failed).code).toBe('cancelled');

    const closed = await sh(id, 'echo up; exec sleep 1000');
    const seen: string[] = [];
    for await (const { bytes } of closed.output) {
      seen.push(Buffer.from(bytes).toString());
      closed.close();
    }
    expect(seen).toEqual(['up\n']);
    await expect(closed.write(Buffer.from('x'))).rejects.toThrow();
    expect((await use.client.containers.inspect(id, never)).State.Running).toBe(true);
  });

  test('aborting while it starts is a cancel; on a container that is gone, paused or stopped it says so', async () => {
    const id = await use.running();
    await errorOf(sh(id, 'true', {}, AbortSignal.abort()), 'cancelled');
    await use.client.containers.pause(id, never);
    await errorOf(sh(id, 'true'), 'unavailable');
    await use.client.containers.unpause(id, never);
    await use.client.containers.stop(id, 0, never);
    await errorOf(sh(id, 'true'), 'gone');
    await use.client.containers.remove(id, never);
    await errorOf(sh(id, 'true'), 'gone');
  });

  test('the end of the container ends the output', async () => {
    const id = await use.running();
    const exec = await sh(id, 'echo up; exec sleep 1000');
    for await (const _ of exec.output) await use.client.containers.kill(id, 'SIGKILL', never);
    expect(await exec.exitCode(never)).toBe(137);
  });

  test('twenty at once do not mix', async () => {
    const id = await use.running();
    const all = await Promise.all(
      Array.from({ length: 20 }, async (_, i) =>
        (await collect((await sh(id, `for n in 1 2 3; do echo ${i}; done`)).stdout)).toString(),
      ),
    );
    expect(all).toEqual(Array.from({ length: 20 }, (_, i) => `${i}\n`.repeat(3)));
  });
});

/** The container that the test has just made. */
async function lastOf(use: ReturnType<typeof useEngine>): Promise<string> {
  const [first] = await use.client.containers.list({ label: [use.label] }, { all: false }, never);
  return first?.Id ?? '';
}

/** What a terminal has shown so far. */
class Screen {
  text = '';
  readonly #reader: AsyncIterator<{ bytes: Uint8Array }>;

  constructor(output: AsyncIterable<{ bytes: Uint8Array }>) {
    this.#reader = output[Symbol.asyncIterator]();
  }

  async until(words: string): Promise<void> {
    while (!this.text.includes(words)) {
      if (!(await this.#more())) throw new Error(`"${words}" did not come: ${this.text}`);
    }
  }

  async end(): Promise<void> {
    while (await this.#more());
  }

  async #more(): Promise<boolean> {
    const { value, done } = await this.#reader.next();
    if (done) return false;
    this.text += Buffer.from(value.bytes).toString();
    return true;
  }
}
