/** Quitting asks only where something is lost or goes on costing, and says what. */
import { expect, test } from 'vitest';
import { quitQuestion } from '../../src-main/app/quit-question.ts';
import { deletesFiles, lossOf, modeOfEnding } from '../../src-shared/domain/session-loss.ts';
import { execution, session, uuid } from './platform/support/statuses.ts';

test('what is lost: runs of this session that have not ended, and visible files where the sandbox is deleted', () => {
  const one = session(1, { keep: 'end' });
  const executions = [
    execution(42),
    execution(41, { state: 'queued' }),
    execution(40, { state: 'succeeded' }),
    execution(39, { sessionId: uuid(102) }),
  ];
  const names = ['.bashrc', 'f', 'e', 'd', 'c', 'b', 'a'];
  expect(lossOf(one, 'end', executions, names)).toEqual({
    runs: [41, 42],
    files: ['a', 'b', 'c', 'd', 'e'],
    moreFiles: 1,
  });
  expect(lossOf(one, 'leave', executions, names)).toEqual({ runs: [41, 42], files: [], moreFiles: 0 });
  expect(lossOf(one, 'end', [], ['.bashrc'])).toBeNull();
  expect(lossOf(session(1, { status: 'error' }), 'end', executions, names)).toBeNull();
});

test('a folder of the person’s own is not deleted, and somebody else’s sandbox is left whatever is asked', () => {
  const own = session(1, { metadata: { filesStay: true } });
  expect(deletesFiles(own, 'end')).toBe(false);
  expect(lossOf(own, 'end', [], ['a'])).toBeNull();
  expect(modeOfEnding(session(1, { metadata: { foreign: true } }), 'end')).toBe('leave');
  expect(modeOfEnding(session(1, { keep: 'pause' }), undefined)).toBe('pause');
  expect(modeOfEnding(session(1, { keep: 'pause' }), 'end')).toBe('end');
});

test('the question names each session with what becomes of it; nothing lost and nothing left is no question', () => {
  const quiet = { session: session(1), mode: 'end' as const, loss: null };
  const foreign = {
    session: session(2, { metadata: { foreign: true } }),
    mode: 'leave' as const,
    loss: null,
  };
  expect(quitQuestion([quiet, foreign])).toBeNull();
  expect(quitQuestion([])).toBeNull();
  expect(quitQuestion([quiet], 2)).toEqual({
    message: 'Quit SpecBoard? Something would be lost.',
    detail: 'Files: the changes of 2 files are not saved.',
  });
  const left = { session: session(3, { profileName: 'Work' }), mode: 'leave' as const, loss: null };
  expect(quitQuestion([quiet, left])).toEqual({
    message: 'Quit SpecBoard? Something goes on running.',
    detail: 'Work: the sandbox goes on running, and may cost.',
  });
  const loss = { runs: [41, 42], files: ['model.pkl'], moreFiles: 2 };
  expect(quitQuestion([{ session: session(4, { profileName: 'Lab' }), mode: 'end', loss }])).toEqual({
    message: 'Quit SpecBoard? Something would be lost.',
    detail:
      'Lab: #41, #42 are running and will be stopped.\nLab: model.pkl and 2 more will be deleted with the sandbox.',
  });
});
