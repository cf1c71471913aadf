/**
 * Programs ask terminals questions: where the cursor is, what they can do. The main process answers, window or not; were the
 * window to answer too, the shell would get each answer twice. Colours it answers itself, because only it knows them.
 */
import type { Terminal } from '@xterm/xterm';

const questions = [
  { final: 'c' },
  { prefix: '>', final: 'c' },
  { prefix: '=', final: 'c' },
  { final: 'n' },
  { prefix: '?', final: 'n' },
  { prefix: '>', final: 'q' },
  { intermediates: '$', final: 'p' },
  { prefix: '?', intermediates: '$', final: 'p' },
  { final: 't' },
];

/** See the head of the file. */
export function quietReplies({ parser }: Terminal): void {
  for (const id of questions) parser.registerCsiHandler(id, () => true);
  parser.registerDcsHandler({ intermediates: '$', final: 'q' }, () => true);
}
