/** A deadline that moves with progress: new words give new time, the same words do not, and all of it ends some time. */
import { expect, test } from 'vitest';
import { withStepDeadline } from '../../../src-main/services/deadline.ts';
import { toProblem } from '../../../src-shared/contract/errors.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const times = { stepMs: 120_000, totalMs: 3_600_000 };
const messageOf = (signal: AbortSignal) => toProblem(signal.reason).message;

test('without a word it ends after the time of one step', async () => {
  const clock = new FakeClock();
  const { signal } = withStepDeadline(clock, times, 'Connecting');
  await clock.advance(119_999);
  expect(signal.aborted).toBe(false);
  await clock.advance(1);
  expect(messageOf(signal)).toBe('Connecting took longer than 2 min.');
});

test('each new word moves it; the message names the step that got stuck', async () => {
  const clock = new FakeClock();
  const { signal, step } = withStepDeadline(clock, times, 'Connecting');
  for (let percent = 0; percent <= 90; percent += 10) {
    step(`Pulling the image: ${percent} %`);
    await clock.advance(100_000);
  }
  expect(signal.aborted).toBe(false);
  step('Pulling the image: 90 %');
  await clock.advance(20_000);
  expect(messageOf(signal)).toBe('Connecting stopped at "Pulling the image: 90 %": nothing new for 2 min.');
});

test('progress does not go on for ever', async () => {
  const clock = new FakeClock();
  const { signal, step } = withStepDeadline(clock, times, 'Connecting');
  for (let n = 0; n < 60; n += 1) {
    step(`Step ${n}`);
    await clock.advance(60_000);
  }
  expect(messageOf(signal)).toBe('Connecting took longer than 60 min; it was at "Step 59".');
});

test('a parent ends it, and disposing leaves no timer', async () => {
  const clock = new FakeClock();
  const parent = new AbortController();
  const deadline = withStepDeadline(clock, times, 'Connecting', [parent.signal]);
  deadline.step('One');
  parent.abort(new Error('why'));
  expect(deadline.signal.reason).toMatchObject({ message: 'why' });
  deadline.dispose();
  expect(clock.pending).toBe(0);
});
