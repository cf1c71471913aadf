/** Prints an execution's output in a terminal: bytes as they are, rich values as their text, words about it on stderr. */
import type { MimeBundle, OutputEvent, StoredOutput } from '../../src-shared/domain/execution.ts';
import { printJson, say, type Terminal, write } from './terminal.ts';

/** Prints one batch. Text goes to the stream it came from; SpecBoard's own words to stderr. */
export async function printOutput(terminal: Terminal, items: readonly StoredOutput[]): Promise<void> {
  for (const item of items) {
    if (terminal.json)
      await printJson(terminal, { type: 'output', seq: item.seq, at: item.at, event: readable(item.event) });
    else await printEvent(terminal, item.event);
  }
}

async function printEvent(terminal: Terminal, event: OutputEvent): Promise<void> {
  switch (event.type) {
    case 'text':
      return write(event.stream === 'stdout' ? terminal.stdout : terminal.stderr, event.bytes);
    case 'rich':
      return write(terminal.stdout, `${textOf(event.data)}\n`);
    case 'error':
      return say(terminal, event.error.traceback || `${event.error.name}: ${event.error.value}`);
    case 'notice':
      return say(terminal, `[specboard] ${event.text}`);
    case 'gap':
      return say(terminal, `[specboard] output is missing here: ${event.reason}`);
  }
}

/** Text in JSON is a string where it is valid UTF-8, so that scripts need no decoding; else base64. */
function readable(event: OutputEvent): unknown {
  if (event.type !== 'text') return event;
  const text = Buffer.from(event.bytes).toString('utf8');
  const exact = Buffer.from(text, 'utf8').equals(Buffer.from(event.bytes));
  return exact ? { type: 'text', stream: event.stream, text } : event;
}

function textOf(data: MimeBundle): string {
  for (const mime of ['text/plain', 'text/markdown', 'text/latex', 'application/json', 'text/html']) {
    const value = data[mime];
    if (value !== undefined) {
      const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
      const image = Object.keys(data).find((key) => key.startsWith('image/'));
      return image ? `${text}  [${image}; see it in the window, or with --json]` : text;
    }
  }
  return `[${Object.keys(data).join(', ') || 'empty value'}; see it in the window, or with --json]`;
}
