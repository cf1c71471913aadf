/** Draws the app icon and all tray images into resources/ (see tools/icons/README.md). */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { iconStates } from '../src-main/platform/status-summary.ts';
import { findChromium } from './electron-host/find-chromium.ts';
import { icnsFile, icoFile, type Picture } from './icons/containers.ts';
import { appSvg, linuxColours, templateColours, traySvg, windowsColours } from './icons/drawings.ts';

const resources = resolve(import.meta.dirname, '..', 'resources');
const appSizes = [16, 24, 32, 48, 64, 128, 256, 512, 1024];
const appIcoSizes = [16, 20, 24, 32, 40, 48, 64, 128, 256];
const trayIcoSizes = [16, 20, 24, 32, 48];
const linuxTraySizes = [22, 24];

async function render(page: Page, svg: string, size: number): Promise<Picture> {
  const { png, rgba } = await page.evaluate(
    async ([source, pixels]) => {
      const image = new Image();
      // Without a size of its own, an SVG image is drawn at 300 x 150.
      image.src = `data:image/svg+xml,${encodeURIComponent(
        source.replace('<svg ', `<svg width="${pixels}" height="${pixels}" `),
      )}`;
      await image.decode();
      const canvas = document.createElement('canvas');
      canvas.width = pixels;
      canvas.height = pixels;
      const context = canvas.getContext('2d');
      if (context === null) throw new Error('no canvas');
      context.drawImage(image, 0, 0, pixels, pixels);
      return {
        png: canvas.toDataURL('image/png').split(',')[1] ?? '',
        rgba: [...context.getImageData(0, 0, pixels, pixels).data],
      };
    },
    [svg, size] as const,
  );
  return { size, png: Buffer.from(png, 'base64'), rgba: Buffer.from(rgba) };
}

async function write(path: string, content: Buffer | string): Promise<void> {
  const file = join(resources, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
}

async function drawAppIcons(page: Page): Promise<void> {
  const draw = (size: number, margin: number): Promise<Picture> =>
    render(page, appSvg({ small: size < 48, margin }), size);
  await write('icons/icon.svg', `${appSvg({ small: false, margin: 0 })}\n`);
  const plain = new Map<number, Picture>();
  for (const size of new Set([...appSizes, ...appIcoSizes])) plain.set(size, await draw(size, 0));
  const pick = (sizes: number[]): Picture[] => sizes.flatMap((size) => plain.get(size) ?? []);
  for (const picture of pick(appSizes)) {
    await write(`icons/${picture.size}x${picture.size}.png`, picture.png);
  }
  await write('icons/icon.ico', icoFile(pick(appIcoSizes)));
  const mac: Picture[] = [];
  for (const size of [16, 32, 64, 128, 256, 512, 1024]) mac.push(await draw(size, 100));
  await write('icons/icon.icns', icnsFile(mac));
}

async function drawTrayIcons(page: Page): Promise<void> {
  for (const state of iconStates) {
    const template = traySvg(state, templateColours);
    await write(`tray/macos/${state}Template.png`, (await render(page, template, 18)).png);
    await write(`tray/macos/${state}Template@2x.png`, (await render(page, template, 36)).png);
    for (const theme of ['light', 'dark'] as const) {
      const svg = traySvg(state, windowsColours[theme]);
      const pictures: Picture[] = [];
      for (const size of trayIcoSizes) pictures.push(await render(page, svg, size));
      await write(`tray/windows/${state}-${theme}.ico`, icoFile(pictures));
    }
    const linux = traySvg(state, linuxColours);
    for (const size of linuxTraySizes) {
      await write(`tray/linux/${state}-${size}.png`, (await render(page, linux, size)).png);
      await write(`tray/linux/${state}-${size}@2x.png`, (await render(page, linux, size * 2)).png);
    }
  }
}

const executablePath = findChromium();
if (executablePath === null) throw new Error('Install Chromium or Chrome: it renders the drawings.');
const browser = await chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0 });
try {
  const page = await browser.newPage();
  for (const folder of ['icons', 'tray']) await rm(join(resources, folder), { recursive: true, force: true });
  await drawAppIcons(page);
  await drawTrayIcons(page);
} finally {
  await browser.close();
}
