/** Python for CodeMirror: colours, indentation, brackets and comments, line by line. */
import { StreamLanguage, type StreamParser } from '@codemirror/language';
import { python } from '@codemirror/legacy-modes/mode/python';

const constants: Readonly<Record<string, string>> = { True: 'bool', False: 'bool', None: 'null' };

const parser: StreamParser<unknown> = {
  ...python,
  token(stream, state) {
    const style = python.token(stream, state);
    // The simple mode knows these as keywords, and every name as a variable.
    if (style === 'keyword') return constants[stream.current()] ?? style;
    if (style === 'variable' && stream.match(/^\s*\(/, false)) return 'variableName.function';
    return style;
  },
};

/** See the head of the file. */
export const pythonLanguage = StreamLanguage.define(parser);
