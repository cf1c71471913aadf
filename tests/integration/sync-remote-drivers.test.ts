/** The sandbox's side of a sync over real drivers: Local in its isolation, E2B with the vendor's SDK against the test server. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Driver, DriverSession } from '../../src-main/drivers/driver.ts';
import { readBundle } from '../../src-main/sync/bundle/read-bundle.ts';
import { driverPort } from '../../src-main/sync/remote/driver-port.ts';
import { createRemoteSide } from '../../src-main/sync/remote/remote-side.ts';
import type { SandboxPort } from '../../src-main/sync/remote/sandbox-port.ts';
import {
  FolderSandbox,
  kit,
  never,
  noRules,
  problemOf,
  put,
  sha256,
  textOf,
} from '../support/sync/remote-parts.ts';
import { type Kit, startKit } from './e2b-driver-support.ts';
import { type LocalKit, plain, startLocalKit } from './local-support.ts';

/** A session with its port, and which folder to sync. */
interface Made {
  port: SandboxPort;
  root: string;
  put(path: string, text: string): Promise<void>;
}

const makers: Record<string, () => Promise<Made>> = {
  async 'Local in its isolation'() {
    local ??= startLocalKit();
    return made(local.driver, await local.connect(), '/workspace/project');
  },
  async 'Local without isolation'() {
    bare ??= startLocalKit({ isolation: plain });
    const session = await bare.connect({}, { consent: true });
    return made(bare.driver, session, join(session.folders.workspace, 'project'));
  },
  async E2B() {
    e2b ??= await startKit();
    return made(e2b.driver, await e2b.connect(), 'project');
  },
};

let local: LocalKit | undefined;
let bare: LocalKit | undefined;
let e2b: Kit | undefined;
let bundles: FolderSandbox;

function made<S, D extends DriverSession>(driver: Driver<S, D>, session: D, root: string): Made {
  const port = driverPort(driver, session);
  return {
    port,
    root,
    async put(path, text) {
      const data = (async function* () {
        yield Buffer.from(text);
      })();
      await port.put(`${root}/${path}`, data, never);
    },
  };
}

beforeAll(() => {
  bundles = new FolderSandbox();
});

afterAll(async () => {
  bundles.remove();
  await Promise.all([local?.stop(), bare?.stop(), e2b?.stop()]);
});

describe.each(Object.keys(makers))('%s', (name) => {
  it('scans, applies, gives and keeps', async () => {
    const { port, root, put: putFile } = await (makers[name] as () => Promise<Made>)();
    await putFile('a.txt', 'hello');
    await putFile('dir/ünï', 'x');
    const side = createRemoteSide({ port, root, rootId: 'r1', kit });
    const scan = await side.scan(noRules, never);
    expect([...scan.entries.keys()].sort()).toEqual(['a.txt', 'dir', 'dir/ünï']);
    expect(scan.remote.method).toBe('python');
    const before = side.traffic;
    await side.scan(noRules, never);
    const quiet = side.traffic;
    expect(quiet.requests - before.requests).toBe(1);
    expect(quiet.bytesUp + quiet.bytesDown - before.bytesUp - before.bytesDown).toBeLessThan(1024);

    const large = randomBytes(300_000);
    const over = scan.entries.get('a.txt') ?? null;
    const results = await side.apply(
      'c1',
      1,
      bundles.bundle([put('a.txt', 'replaced', over), put('large', large)]),
      () => {},
      never,
    );
    expect(results.map(({ result }) => result)).toEqual(['done', 'done']);
    const [first] = results;
    const kept = first?.result === 'done' ? (first.kept ?? '') : '';
    expect(await textOf(await side.readKept(kept, never))).toBe('hello');
    expect(side.traffic.requests - quiet.requests).toBe(4);

    const after = await side.scan(noRules, never);
    expect(after.remote.marker).toEqual({ rootId: 'r1', epoch: 1 });
    const entry = after.entries.get('large');
    if (!entry) throw new Error('It is not there.');
    const bytes = await side.pack([{ path: 'large', entry }], () => {}, never);
    expect(sha256(readBundle(bytes, 400_000).members.get(0) ?? '')).toBe(sha256(large));
    const part = randomBytes(100_000);
    await side.sendPart(sha256(part), part, () => {}, never);
    expect((await side.hasParts([sha256(part)], never)).size).toBe(1);

    // The helper and the state are found again by the next program.
    const later = createRemoteSide({ port, root, rootId: 'r1', kit });
    expect((await later.scan(noRules, never)).remote.marker?.epoch).toBe(1);
    expect(later.traffic.requests).toBe(root.startsWith('/') ? 1 : 2);

    const stop = new AbortController();
    const waiting = problemOf(later.wait(stop.signal));
    stop.abort();
    expect((await waiting).code).toBe('cancelled');
    await later.forget(never);
    expect((await later.scan(noRules, never)).remote.marker).toBeNull();
    await later.close();
    await side.close();
  });
});

it('leaves nothing outside of a session that is not isolated', () => {
  expect(existsSync(join(process.env['HOME'] ?? '/', '.specboard-sync/r1'))).toBe(false);
});
