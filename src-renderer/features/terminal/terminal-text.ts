/** What a terminal shows, as plain text: for the accessible view and for copying all of it. */
import type { IBuffer } from '@xterm/xterm';

/** Lines of text at most; more would make a text field slow. */
export const maxPlainLines = 10_000;

/** The text with its scrollback; lines that were wrapped are one again. `cut`: there was more before it. */
export function plainText(buffer: IBuffer): { text: string; cut: boolean } {
  const lines: string[] = [];
  for (let y = 0; y < buffer.length; y += 1) {
    const line = buffer.getLine(y);
    if (!line) continue;
    const next = buffer.getLine(y + 1);
    const text = line.translateToString(!next?.isWrapped);
    if (line.isWrapped && lines.length > 0) lines[lines.length - 1] += text;
    else lines.push(text);
  }
  while (lines.length > 0 && lines.at(-1)?.trim() === '') lines.pop();
  return { text: lines.slice(-maxPlainLines).join('\n'), cut: lines.length > maxPlainLines };
}

/** https links in a text, each once, in order. */
export function linksIn(text: string): string[] {
  const found = text.match(new RegExp(httpsLink, 'gi')) ?? [];
  return [...new Set(found)].slice(0, 50);
}

/** An https address in running text: not what usually follows one. */
export const httpsLink = /https:\/\/[^\s<>"'`{}|\\^]*[^\s<>"'`{}|\\^.,;:!?()[\]]/;
