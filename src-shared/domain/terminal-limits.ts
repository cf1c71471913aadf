/** How many terminals, how large, and how much at a time. Without schemas: the window needs these, too. */

/** Terminals that one session may have, ended ones that are still shown among them. */
export const maxTerminals = 20;
/** Bytes of keys or pasted text that go in one piece; longer text goes in several. */
export const maxTerminalInput = 16_384;
/** How small and how large a terminal can be, in characters. */
export const terminalLimits = { cols: { min: 2, max: 1_000 }, rows: { min: 1, max: 500 } } as const;
