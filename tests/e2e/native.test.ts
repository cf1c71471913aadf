/** Tray and application menu follow the status, and do what they say. */
import { expect, test } from 'vitest';
import { launchApp, type RunningApp } from '../support/app.ts';
import { createProfile, statusOf } from '../support/e2e/bridge.ts';
import {
  appMenuItems,
  clickAppMenu,
  clickTray,
  clickTraySession,
  type MenuItemView,
  type TrayView,
  trayView,
} from '../support/e2e/native.ts';
import { until } from '../support/e2e/until.ts';
import { block, ended, sidebar, writeCode } from '../support/e2e/window.ts';

const sleeper = 'import time\nprint("asleep", flush=True)\ntime.sleep(1000)';

/** The tray once its icon shows `icon` and its tooltip says `words`. */
async function tray({ app }: RunningApp, icon: string, words: string): Promise<TrayView> {
  await expect
    .poll(async () => trayView(app), { timeout: 20_000 })
    .toMatchObject({ icon, tooltip: `SpecBoard: ${words}` });
  return until('the tray', () => trayView(app));
}

/** The application menu's item once `check` holds for it. */
function menuItem({ app }: RunningApp, id: string, check: (item: MenuItemView) => boolean) {
  return until(`menu item ${id}`, async () =>
    (await appMenuItems(app)).find((item) => item.id === id && check(item)),
  );
}

const labelOf = (view: TrayView, id: string) => view.items.find((item) => item.id === id)?.label;

test('idle, connected, busy, cancelled, idle: icon, tooltip and labels; running and cancelling from menu and tray', async () => {
  const sb = await launchApp();
  const { app, page } = sb;
  const idle = await tray(sb, 'none', 'Not connected');
  expect(labelOf(idle, 'status')).toBe('Not connected');
  expect(labelOf(idle, 'connect')).toBe('Connect to This computer');
  expect(idle.items.some(({ id }) => id.startsWith('session:'))).toBe(false);
  // Running connects first; nothing else can be done yet.
  expect((await menuItem(sb, 'run', () => true)).enabled).toBe(true);
  for (const id of ['cancel', 'disconnect', 'rerun-last']) {
    expect((await menuItem(sb, id, () => true)).enabled, id).toBe(false);
  }

  await clickTray(app, 'connect');
  const ready = await tray(sb, 'ready', '1 session');
  expect(ready.items.find(({ id }) => id.startsWith('session:'))?.label).toBe('● This computer: Ready');
  await menuItem(sb, 'disconnect', ({ enabled }) => enabled);
  await menuItem(sb, 'cancel', ({ enabled }) => !enabled);

  await writeCode(page, sleeper);
  await clickAppMenu(app, 'run');
  await block(page, 1).getByText('asleep', { exact: true }).waitFor();
  const busy = await tray(sb, 'busy', '1 session, 1 running');
  expect(busy.items.find(({ id }) => id.startsWith('cancel:'))?.label).toBe('Cancel #1');
  expect(busy.items.find(({ id }) => id.startsWith('session:'))?.label).toBe('◐ This computer: Running #1');
  await sb.look('native-busy');
  await menuItem(sb, 'cancel', ({ enabled }) => enabled);
  await clickAppMenu(app, 'cancel');
  await ended(page, 1, 'Cancelled');
  await tray(sb, 'ready', '1 session');

  // The same from the tray, without the window.
  await clickTray(app, 'rerun-last');
  await block(page, 2).getByText('asleep', { exact: true }).waitFor();
  await tray(sb, 'busy', '1 session, 1 running');
  await clickTraySession(app, 'cancel');
  await ended(page, 2, 'Cancelled');
  await tray(sb, 'ready', '1 session');

  await clickTraySession(app, 'disconnect');
  await tray(sb, 'none', 'Not connected');
  await sb.close();
});

test('the profiles are radio items; choosing one makes it the default everywhere', async () => {
  const sb = await launchApp();
  const { app, page } = sb;
  const second = await createProfile(page, { name: 'Lab & Co', driverType: 'local' });
  const item = `profile:${second}`;
  const first = (await statusOf(page)).profiles.find(({ id }) => id !== second)?.id ?? '';
  const radio = await menuItem(sb, item, () => true);
  expect(radio).toMatchObject({ type: 'radio', checked: false, label: 'Lab && Co (Local)' });

  await clickAppMenu(app, item);
  await sidebar(page)
    .getByRole('row', { name: /^Lab & Co.*default/i })
    .waitFor();
  await menuItem(sb, item, ({ checked }) => checked);
  await menuItem(sb, `profile:${first}`, ({ checked }) => !checked);
  await until('the tray offers the new default', async () => {
    const view = await trayView(app);
    return view && labelOf(view, 'connect') === 'Connect to Lab && Co';
  });
  await sb.look('native-profiles');

  await clickTray(app, `profile:${first}`);
  await sidebar(page)
    .getByRole('row', { name: /^This computer.*default/i })
    .waitFor();
  await menuItem(sb, `profile:${first}`, ({ checked }) => checked);

  // Commands of the menu do what the window's own buttons do.
  await clickAppMenu(app, 'settings');
  await page.getByRole('dialog', { name: 'Settings' }).waitFor();
  await sb.look('native-settings');
  await page.keyboard.press('Escape');
  await clickAppMenu(app, 'new-profile');
  await page.getByRole('dialog', { name: 'New profile' }).waitFor();
  await page.keyboard.press('Escape');
  // Quit in the menu is how most people leave.
  await clickAppMenu(app, 'quit').catch(() => {});
  await sb.ended(0);
});
