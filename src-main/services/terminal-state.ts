/**
 * What a serialized xterm screen lacks: modes, scroll region, cursor, and a sequence that is only half there. Reads parts of xterm
 * that are not public; the version is pinned, and a test compares whole terminals after every byte.
 */

interface BufferState {
  x: number;
  y: number;
  scrollTop: number;
  scrollBottom: number;
  savedX: number;
  savedY: number;
}

/** The parts of xterm that are read. */
export interface XtermState {
  readonly rows: number;
  readonly cols: number;
  readonly modes: {
    applicationCursorKeysMode: boolean;
    applicationKeypadMode: boolean;
    bracketedPasteMode: boolean;
    insertMode: boolean;
    mouseTrackingMode: 'none' | 'x10' | 'vt200' | 'drag' | 'any';
    originMode: boolean;
    reverseWraparoundMode: boolean;
    sendFocusMode: boolean;
    synchronizedOutputMode: boolean;
    wraparoundMode: boolean;
  };
  readonly _core: {
    buffer: BufferState;
    coreService: {
      isCursorHidden: boolean;
      decPrivateModes: { cursorStyle?: 'block' | 'underline' | 'bar'; cursorBlink?: boolean };
    };
    coreMouseService: { activeEncoding: string };
    _charsetService: { glevel: number; _charsets: (Record<string, string> | undefined)[] };
    _inputHandler: { _parser: { currentState: number } };
  };
}

const csi = '\x1b[';
const mouseModes = { none: '', x10: '?9h', vt200: '?1000h', drag: '?1002h', any: '?1003h' } as const;
const mouseEncodings: Readonly<Record<string, string>> = { SGR: '?1006h', SGR_PIXELS: '?1016h' };
const cursorStyles = { block: 2, underline: 4, bar: 6 } as const;

/** Sequences that bring everything but the text into the state of `terminal`; to be written after its serialized text. */
export function stateAfterText(terminal: XtermState): string {
  const { _core: core, modes, rows } = terminal;
  const { buffer, coreService } = core;
  const { cursorStyle, cursorBlink } = coreService.decPrivateModes;
  const parts: string[] = [];
  const set = (isOn: boolean, sequence: string) => {
    if (isOn) parts.push(csi + sequence);
  };
  const isRegion = buffer.scrollTop > 0 || buffer.scrollBottom < rows - 1;
  const isSaved = buffer.savedX !== 0 || buffer.savedY !== 0;
  const moveTo = (x: number, y: number, top = 0) => `${csi}${y - top + 1};${x + 1}H`;
  if (isSaved) parts.push(`${moveTo(buffer.savedX, buffer.savedY)}\x1b7`);
  if (isRegion) parts.push(`${csi}${buffer.scrollTop + 1};${buffer.scrollBottom + 1}r`);
  set(modes.originMode, '?6h');
  // Each of them moved the cursor. A cursor that waits behind the last column stays there where nothing did.
  if (isSaved || isRegion || modes.originMode) {
    parts.push(
      moveTo(Math.min(buffer.x, terminal.cols - 1), buffer.y, modes.originMode ? buffer.scrollTop : 0),
    );
  }
  parts.push(charsets(core._charsetService));
  set(modes.applicationCursorKeysMode, '?1h');
  set(modes.applicationKeypadMode, '?66h');
  set(modes.bracketedPasteMode, '?2004h');
  set(modes.insertMode, '4h');
  set(modes.reverseWraparoundMode, '?45h');
  set(modes.sendFocusMode, '?1004h');
  set(!modes.wraparoundMode, '?7l');
  set(modes.mouseTrackingMode !== 'none', mouseModes[modes.mouseTrackingMode]);
  const encoding = mouseEncodings[core.coreMouseService.activeEncoding];
  if (encoding !== undefined) parts.push(csi + encoding);
  if (cursorStyle !== undefined) parts.push(`${csi}${cursorStyles[cursorStyle] - (cursorBlink ? 1 : 0)} q`);
  set(coreService.isCursorHidden, '?25l');
  set(modes.synchronizedOutputMode, '?2026h');
  return parts.join('');
}

/** Line drawing, the one character set that programs still change to. */
function charsets({ glevel, _charsets: sets }: XtermState['_core']['_charsetService']): string {
  const designate = sets.map((set, level) => (set?.q === '─' && level < 4 ? `\x1b${'()*+'[level]}0` : ''));
  return designate.join('') + (glevel === 1 ? '\x0e' : '');
}

const keptBytes = 4096;
const escapeByte = 0x1b;

/** The last bytes that were written: they hold the beginning of what is not complete yet. */
export class TailBytes {
  #bytes: Uint8Array = new Uint8Array();

  push(piece: Uint8Array): void {
    const all = piece.length >= keptBytes ? piece : Buffer.concat([this.#bytes, piece]);
    this.#bytes = all.length > keptBytes ? all.slice(-keptBytes) : all;
  }

  /** Bytes of a sequence or a character whose end has not come. Of one that is longer than what is kept: its beginning. */
  unfinished({ _core: core }: XtermState): Uint8Array {
    const state = core._inputHandler._parser.currentState;
    if (state === 0) return this.#bytes.subarray(halfCharacterAt(this.#bytes));
    const at = this.#bytes.lastIndexOf(escapeByte);
    return at < 0 ? Buffer.from(introducers[state] ?? '') : this.#bytes.subarray(at);
  }
}

/** By the parser's state: what leads into a text without end. The rest of it is swallowed as it would have been. */
const introducers: Readonly<Record<number, string>> = {
  7: '\x1bX',
  8: '\x1b]',
  9: '\x1bP',
  10: '\x1bP',
  11: '\x1bP',
  12: '\x1bP',
  13: '\x1bP',
};

/** Where a UTF-8 character begins whose last byte is missing; the length where there is none. */
function halfCharacterAt(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return bytes.length;
    if (byte < 0xc0) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return needed > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
