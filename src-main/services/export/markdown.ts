/** Runs as Markdown: code and output in fences that nothing in them can end. Pure. */
import type { MimeBundle, OutputEvent } from '../../../src-shared/domain/execution.ts';
import { plainOutput } from '../../../src-shared/lib/plain-output.ts';
import { durationText, type ExportWriter, endingOf, ownWords, timeText } from './export-model.ts';
import { textOfBundle } from './output-bytes.ts';

const languages = { python: 'python', shell: 'bash' } as const;
const names = { python: 'Python', shell: 'Shell' } as const;
/** Larger pictures stay in SpecBoard: a text file of megabytes is of no use to anybody. */
const largestImage = 1_500_000;

/** Writes Markdown. */
export function markdownWriter(): ExportWriter {
  return {
    begin: ({ title, lines }) =>
      `# ${escaped(title)}\n\n${lines.map((line) => `- ${escaped(line)}\n`).join('')}`,
    run: ({ execution, output }) => {
      const { number, language, code, startedAt, result } = execution;
      const facts = [
        names[language],
        endingOf(execution) ?? 'Done',
        ...(result ? [durationText(result.durationMs)] : []),
        timeText(startedAt),
      ];
      const parts = output.map(partOf).filter((part) => part !== '');
      return [`\n## #${number}`, facts.map(escaped).join(' · '), fence(code, languages[language]), ...parts]
        .join('\n\n')
        .concat('\n');
    },
    end: () => '',
  };
}

function partOf(event: OutputEvent): string {
  switch (event.type) {
    case 'text': {
      const text = plainOutput(new TextDecoder().decode(event.bytes));
      return text.trim() === '' ? '' : fence(text, 'text');
    }
    case 'rich':
      return richPart(event.data);
    case 'error':
      return fence(plainOutput(event.error.traceback || `${event.error.name}: ${event.error.value}`), 'text');
    default:
      return `> ${escaped(ownWords(event) ?? '')}`;
  }
}

function richPart(data: MimeBundle): string {
  for (const mime of ['image/png', 'image/jpeg', 'image/gif']) {
    const image = data[mime];
    if (typeof image !== 'string') continue;
    const base64 = image.replace(/\s+/g, '');
    if (!/^[A-Za-z0-9+/=]*$/.test(base64)) continue;
    if (base64.length <= largestImage) return `![Output](data:${mime};base64,${base64})`;
    return '> A picture is left out here: it is too large for a text file.';
  }
  return fence(plainOutput(textOfBundle(data)), 'text');
}

/** A fence that is longer than any in the text. */
function fence(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const ticks = '`'.repeat(longest + 1);
  return `${ticks}${language}\n${text.replace(/\n+$/, '')}\n${ticks}`;
}

/** Names and reasons are not ours: nothing in them may become a link, a picture or HTML. */
function escaped(text: string): string {
  return plainOutput(text)
    .replace(/\s*\n\s*/g, ' ')
    .replace(/[\\`*_{}[\]()<>#!|]/g, '\\$&');
}
