/** What of a pasted text goes to a shell, and whether the person is asked first. Pure. */

/** Control characters but tab and line ends: pasted, they would act as keys, or end the paste early. */
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;

/** The text without characters that are no text, and with one kind of line end. */
export function pastedText(raw: string): string {
  return raw.replace(/\r\n?/g, '\n').replace(controls, '');
}

/** True where pasting may run commands at once: it has a line end, and the program does not take pastes as a whole. */
export function needsQuestion(text: string, bracketed: boolean): boolean {
  return !bracketed && text.includes('\n');
}

/** The first lines of a text for the question, long ones cut; and how many there are beyond them. */
export function pastePreview(text: string, most = 5): { lines: string[]; count: number; more: number } {
  const all = text.replace(/\n$/, '').split('\n');
  const lines = all.slice(0, most).map((line) => (line.length > 120 ? `${line.slice(0, 119)}…` : line));
  return { lines, count: all.length, more: all.length - lines.length };
}
