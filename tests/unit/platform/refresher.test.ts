/** Menus are rebuilt when they would look different, and after a radio item was clicked. */
import { expect, test } from 'vitest';
import { Refresher } from '../../../src-main/platform/refresher.ts';
import type { Status } from '../../../src-shared/domain/status.ts';
import { Emitter } from '../../../src-shared/lib/emitter.ts';
import { ManualClock } from '../../ipc/support/manual-clock.ts';
import { recordedActions } from './support/actions.ts';
import { execution, profile, session, status } from './support/statuses.ts';

function setUp() {
  const emitter = new Emitter<Status>();
  const hub = {
    current: status({ sessions: [session(1)], executions: [execution(1)] }),
    onChange: emitter.event,
  };
  const clock = new ManualClock();
  let refreshed = 0;
  const refresher = new Refresher(hub, clock, () => {
    refreshed += 1;
  });
  const change = (next: Partial<Status>): void => {
    hub.current = { ...hub.current, ...next, revision: hub.current.revision + 1 };
    emitter.fire(hub.current);
  };
  return { refresher, clock, change, emitter, count: () => refreshed };
}

test('a burst is one refresh; output and activity are none', () => {
  const { clock, change, count } = setUp();
  for (let n = 0; n < 50; n += 1) {
    change({ executions: [execution(1, { outputBytes: n })], sessions: [session(1, { lastActivity: n })] });
  }
  clock.advance(1_000);
  expect(count()).toBe(0);
  for (const state of ['running', 'cancelling', 'cancelled'] as const)
    change({ executions: [execution(1, { state })] });
  change({ profiles: [profile(1, { name: 'renamed' })] });
  clock.advance(1_000);
  expect(count()).toBe(1);
});

test('a chosen profile refreshes although nothing changes, so that a refused choice snaps back', () => {
  const { refresher, clock, count } = setUp();
  const { actions, asked } = recordedActions();
  refresher.watched(actions).setDefault('p');
  clock.advance(1_000);
  expect([asked, count()]).toEqual([['setDefault p'], 1]);
});

test('watched actions pass everything on', () => {
  const { refresher } = setUp();
  const { actions, asked } = recordedActions();
  const watched = refresher.watched(actions);
  watched.connect('a');
  watched.disconnect('b');
  watched.cancel('c');
  watched.command('run', 's');
  watched.openWindow();
  watched.openLogs();
  watched.quit();
  expect(asked).toEqual([
    'connect a',
    'disconnect b',
    'cancel c',
    'command run s',
    'openWindow',
    'openLogs',
    'quit',
  ]);
});

test('dispose leaves no listener and no timer', () => {
  const { refresher, clock, change, emitter, count } = setUp();
  change({ profiles: [] });
  refresher.dispose();
  clock.advance(1_000);
  expect([count(), clock.pending, emitter.size]).toEqual([0, 0, 0]);
});
