/** From the runner's frames to output events with the look that every driver agrees on. */
import type { MimeBundle, OutputEvent } from '../../src-shared/domain/execution.ts';
import type { RunnerFrame } from './protocol.ts';

/** The events of one frame: its output, and a gap for everything of it that was cut. */
export function outputEvents(frame: Extract<RunnerFrame, { ev: 'out' | 'rich' }>): OutputEvent[] {
  if (frame.ev === 'out') {
    const bytes =
      frame.b64 === undefined ? Buffer.from(frame.text ?? '', 'utf8') : Buffer.from(frame.b64, 'base64');
    return [{ type: 'text', stream: frame.s, bytes }];
  }
  const events: OutputEvent[] = [{ type: 'rich', role: frame.role, data: normaliseBundle(frame.data) }];
  for (const [mime, bytes] of Object.entries(frame.cut ?? {})) {
    const what = mime === 'text/plain' ? 'The text of this value was shortened' : `${mime} was left out`;
    events.push({ type: 'gap', reason: `${what}: it is larger than a value may be`, bytes });
  }
  return events;
}

/**
 * A bundle with the look every driver agrees on: the text of a string result stands without its outer quotes, as E2B shows
 * it (the escapes inside stay as Python wrote them).
 */
export function normaliseBundle(data: MimeBundle): MimeBundle {
  const text = data['text/plain'];
  if (typeof text !== 'string' || text.length < 2) return data;
  const first = text[0];
  if ((first !== "'" && first !== '"') || !text.endsWith(first)) return data;
  return { ...data, 'text/plain': text.slice(1, -1) };
}
