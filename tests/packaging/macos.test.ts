/** The macOS package over a stub distribution. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { expectContents } from '../support/packaged-contents.ts';
import { packageApp, readFuses, stubMac, whyNotPackaged } from '../support/packaging.ts';
import { temporaryFolder } from '../support/test-core.ts';

const why = whyNotPackaged('mac');

describe.skipIf(why !== undefined)(`macOS${why ? ` (${why})` : ''}`, () => {
  test('holds what it needs and nothing else; names, the integrity of the archive, shut fuses', async () => {
    const { path: folder, remove } = temporaryFolder();
    onTestFinished(remove);
    const out = join(folder, 'out');
    await packageApp({ platform: 'mac', dist: stubMac(join(folder, 'stub')), out });
    const contents = join(out, 'mac/SpecBoard.app/Contents');
    expectContents(join(contents, 'Resources'), 'darwin-x64');
    const info = readFileSync(join(contents, 'Info.plist'), 'utf8');
    expect(info).toContain('ElectronAsarIntegrity');
    expect(info).toMatch(/<key>CFBundleIdentifier<\/key>\s*<string>dev\.specboard\.SpecBoard<\/string>/);
    for (const helper of ['', ' (GPU)', ' (Plugin)', ' (Renderer)']) {
      expect(existsSync(join(contents, `Frameworks/SpecBoard Helper${helper}.app`))).toBe(true);
    }
    expect(existsSync(join(contents, 'Resources/icon.icns'))).toBe(true);
    const framework = join(contents, 'Frameworks/Electron Framework.framework/Electron Framework');
    expect(readFuses(framework).slice(0, 8)).toBe('00001100');
  });
});
