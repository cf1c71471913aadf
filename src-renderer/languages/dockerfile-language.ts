/** Dockerfiles for CodeMirror: instructions, texts, variables and comments. */
import { StreamLanguage, type StreamParser } from '@codemirror/language';

interface State {
  /** The line goes on with the one before it. */
  goesOn: boolean;
}

const parser: StreamParser<State> = {
  name: 'dockerfile',
  startState: () => ({ goesOn: false }),
  token(stream, state) {
    const isFirst = stream.string.slice(0, stream.pos).trim() === '';
    if (stream.eatSpace()) return null;
    if (isFirst && stream.match(/^#.*/)) return 'comment';
    const isInstruction = isFirst && !state.goesOn;
    state.goesOn = /\\\s*$/.test(stream.string);
    if (isInstruction && stream.match(/^[a-z]+/i)) return 'keyword';
    if (stream.match(/^"(\\.|[^"\\])*"?|^'[^']*'?/)) return 'string';
    if (stream.match(/^\$(\w+|\{[^}]*\}?)/)) return 'variableName.special';
    if (stream.match(/^(AS|--[\w-]+)\b/)) return 'keyword';
    if (!stream.match(/^[^\s"'$]+/)) stream.next();
    return null;
  },
  languageData: { commentTokens: { line: '#' } },
};

/** See the head of the file. */
export const dockerfileLanguage = StreamLanguage.define(parser);
