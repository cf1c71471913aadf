/** electron-builder.yml as electron-builder reads it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkConfiguration, electronVersion, readConfiguration } from '../support/packaging.ts';

test('electron-builder accepts it for all platforms, and refuses a misspelt key of each', async () => {
  await checkConfiguration(await readConfiguration());
  for (const [platform, key] of [
    ['mac', 'hardendRuntime'],
    ['win', 'signingHash'],
    ['linux', 'categories'],
  ] as const) {
    const wrong = await readConfiguration();
    Object.assign(wrong[platform] as object, { [key]: true });
    await expect(checkConfiguration(wrong), key).rejects.toThrow(`configuration.${platform} should be`);
  }
});

test('targets are spelt right, which the schema does not check', async () => {
  const { linux, mac, win } = (await readConfiguration()) as Record<string, { target: string[] }>;
  expect(linux?.target).toEqual(['AppImage', 'deb', 'rpm']);
  expect(mac?.target).toEqual(['dmg', 'zip']);
  expect(win?.target).toEqual(['nsis']);
});

test('it names the Electron that package.json pins, compiles nothing, and keeps the fuses shut', async () => {
  const configuration = await readConfiguration();
  expect(configuration).toMatchObject({ electronVersion: electronVersion(), npmRebuild: false, asar: true });
  expect(configuration.electronFuses).toEqual({
    runAsNode: false,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    grantFileProtocolExtraPrivileges: false,
    enableCookieEncryption: false,
    loadBrowserProcessSpecificV8Snapshot: false,
  });
});

test('the desktop file has the name that the app tells the desktop', async () => {
  const { appId, linux } = (await readConfiguration()) as {
    appId: string;
    linux: { syncDesktopName: boolean };
  };
  const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
    desktopName: string;
  };
  expect(manifest.desktopName).toBe(`${appId}.desktop`);
  expect(linux.syncDesktopName).toBe(true);
});
