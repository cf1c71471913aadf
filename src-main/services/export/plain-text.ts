/** Runs as plain text, as they would look in a terminal, without colours. Pure. */
import type { OutputEvent } from '../../../src-shared/domain/execution.ts';
import { plainOutput } from '../../../src-shared/lib/plain-output.ts';
import { durationText, type ExportWriter, endingOf, ownWords, timeText } from './export-model.ts';
import { textOfBundle } from './output-bytes.ts';

const names = { python: 'Python', shell: 'Shell' } as const;

/** Writes plain text. */
export function textWriter(): ExportWriter {
  return {
    begin: ({ title, lines }) => `${[title, ...lines].map(plainOutput).join('\n')}\n`,
    run: ({ execution, output }) => {
      const { number, language, code, startedAt, result } = execution;
      const facts = [
        `#${number}`,
        names[language],
        endingOf(execution) ?? 'Done',
        ...(result ? [durationText(result.durationMs)] : []),
        timeText(startedAt),
      ];
      const source = code
        .replace(/\n+$/, '')
        .split('\n')
        .map((line) => `> ${line}`.trimEnd());
      const text = output.map(textOf).join('');
      return `\n${'-'.repeat(72)}\n${plainOutput(facts.join('  '))}\n${source.join('\n')}\n\n${endLine(text)}`;
    },
    end: () => '',
  };
}

function textOf(event: OutputEvent): string {
  switch (event.type) {
    case 'text':
      return plainOutput(new TextDecoder().decode(event.bytes));
    case 'rich':
      return `${plainOutput(textOfBundle(event.data))}\n`;
    case 'error':
      return `${plainOutput(event.error.traceback || `${event.error.name}: ${event.error.value}`)}\n`;
    default:
      return `${ownWords(event) ?? ''}\n`;
  }
}

function endLine(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}
