/** The text of an execution that is searched: code, and both ends of the output as a person reads it. Pure. */
import type { OutputEvent } from '../../../src-shared/domain/execution.ts';
import { plainOutput } from '../../../src-shared/lib/plain-output.ts';
import type { IndexedText, OutputEdges } from '../../db/repositories/history.ts';
import { namePartsOf } from './search-query.ts';

/** So much of each end of code and output is searched; docs/activity.md says so. */
export const searchedBytes = 262_144;
/** Rich values that are larger are not looked into: they are pictures. */
export const searchedRich = 1_048_576;
/** Different names that are taken apart, of one execution. */
const mostNames = 2_000;
const longestName = 80;

/** What goes into the index. */
export function indexedText(code: string, edges: OutputEdges): IndexedText {
  const shortCode = bothEnds(code.normalize('NFC'));
  const output = outputText(edges);
  return { code: shortCode, output, words: nameParts(`${shortCode}\n${output}`) };
}

/** The output as it is searched: without colours and cursor movements, rich values and errors as their text. */
export function outputText({ head, tail, isWhole }: OutputEdges): string {
  const first = textOf(head);
  if (isWhole) return bothEnds(first);
  return `${first.slice(0, searchedBytes)}\n${textOf(tail).slice(-searchedBytes)}`;
}

/** The first and the last part of a long text. */
function bothEnds(text: string): string {
  if (text.length <= 2 * searchedBytes) return text;
  return `${text.slice(0, searchedBytes)}\n${text.slice(-searchedBytes)}`;
}

function textOf(events: readonly OutputEvent[]): string {
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  const parts = events.map((event) => {
    switch (event.type) {
      case 'text':
        // A letter may lie across two pieces of its stream.
        return decoders[event.stream].decode(event.bytes, { stream: true });
      case 'rich': {
        const plain = event.data['text/plain'] ?? event.data['text/markdown'] ?? event.data['text/latex'];
        return typeof plain === 'string' ? `${plain}\n` : '';
      }
      case 'error':
        return `${event.error.traceback}\n${event.error.name}: ${event.error.value}\n`;
      default:
        return '';
    }
  });
  return plainOutput(parts.join('')).normalize('NFC');
}

/**
 * The parts of names in camelCase, name by name: "ValueError" gives "Value Error". Output is hostile: every step is linear.
 */
function nameParts(text: string): string {
  const names = new Map<string, string>();
  for (const [name] of text.matchAll(/[\p{L}\p{N}]+/gu)) {
    // Base64 and the like are no names.
    if (name.length > longestName || names.has(name)) continue;
    const parts = namePartsOf(name);
    if (parts.length > 1) names.set(name, parts.join(' '));
    if (names.size >= mostNames) break;
  }
  return [...names.values()].join('\n');
}
