/** Terminal output as plain text. */

/** Colours, cursor movements, titles, links: everything a terminal obeys and does not print. Each pattern is linear. */
const escapes =
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[PX^_][^\u001b]*(?:\u001b\\)?|[ -/]*[0-~])|\u009b[0-?]*[ -/]*[@-~]/g;
/** What is left of control characters, but tabs and line ends. */
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;

/** `text` without escape sequences and control characters; a lone carriage return begins a line. */
export function plainOutput(text: string): string {
  return text.replace(escapes, '').replace(/\r+\n/g, '\n').replace(/\r/g, '\n').replace(controls, '');
}
