/** The Windows package over a stub distribution. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { expectContents } from '../support/packaged-contents.ts';
import { packageApp, readFuses, stubWindows, whyNotPackaged } from '../support/packaging.ts';
import { temporaryFolder } from '../support/test-core.ts';

const why = whyNotPackaged('win');

describe.skipIf(why !== undefined)(`Windows${why ? ` (${why})` : ''}`, () => {
  test('holds what it needs and nothing else; the executable has its name, its version and shut fuses', async () => {
    const { path: folder, remove } = temporaryFolder();
    onTestFinished(remove);
    const out = join(folder, 'out');
    await packageApp({ platform: 'win', dist: await stubWindows(join(folder, 'stub')), out });
    const place = join(out, 'win-unpacked');
    expectContents(join(place, 'resources'), 'win32-x64');
    expect(existsSync(join(place, 'electron.exe'))).toBe(false);
    expect(readFuses(join(place, 'SpecBoard.exe')).slice(0, 8)).toBe('00001100');
  });
});
