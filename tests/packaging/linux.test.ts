/** The Linux package over a stub distribution. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { expectContents } from '../support/packaged-contents.ts';
import { packageApp, readFuses, stubLinux, whyNotPackaged } from '../support/packaging.ts';
import { temporaryFolder } from '../support/test-core.ts';

const why = whyNotPackaged('linux');

describe.skipIf(why !== undefined)(`Linux${why ? ` (${why})` : ''}`, () => {
  test('holds what it needs and nothing else; the fuses are shut', async () => {
    const { path: folder, remove } = temporaryFolder();
    onTestFinished(remove);
    const out = join(folder, 'out');
    const dist = stubLinux(join(folder, 'stub'));
    expect(readFuses(join(dist, 'electron'))).toBe('111100111');
    await packageApp({ platform: 'linux', dist, out });
    const place = join(out, 'linux-unpacked');
    expectContents(join(place, 'resources'), 'linux-x64');
    expect(statSync(join(place, 'specboard')).mode & 0o111).toBe(0o111);
    expect(readFileSync(join(place, 'LICENSE.electron.txt'), 'utf8')).toBe('');
    // runAsNode, cookies, NODE_OPTIONS, inspect: off; integrity, only asar: on; snapshot, file privileges: off.
    expect(readFuses(join(place, 'specboard')).slice(0, 8)).toBe('00001100');
  });
});
