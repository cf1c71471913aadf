/** JavaScript, TypeScript and JSON for CodeMirror: words, texts, numbers and comments, and the indentation of brackets. */
import { StreamLanguage, type StreamParser, type StringStream } from '@codemirror/language';

const keywords = new Set(
  'abstract any as async await boolean break case catch class const continue debugger declare default delete do else enum export extends finally for from function get if implements import in infer instanceof interface is keyof let namespace never new number of override private protected public readonly return satisfies set static string super switch this throw try type typeof undefined unknown var void while with yield'.split(
    ' ',
  ),
);
const constants: Readonly<Record<string, string>> = { true: 'bool', false: 'bool', null: 'null' };

interface State {
  /** What ends the comment or the text over several lines that the line begins in. */
  until: '*/' | '`' | null;
  /** Of the last line with something in it: its indentation, and whether it ended with an open bracket. */
  indent: number;
  isOpen: boolean;
}

/** Takes in all up to the end of a text or a comment; false where the line ends first. */
function skipTo(stream: StringStream, end: string): boolean {
  while (!stream.eol()) {
    if (stream.match(end)) return true;
    if (stream.next() === '\\' && end !== '*/') stream.next();
  }
  return false;
}

function word(stream: StringStream, isJson: boolean): string {
  const name = stream.current();
  if (constants[name] !== undefined) return constants[name];
  if (isJson) return 'invalid';
  if (keywords.has(name)) return 'keyword';
  return stream.match(/^\s*\(/, false) ? 'variableName.function' : 'variableName';
}

function parser(isJson: boolean): StreamParser<State> {
  const token = (stream: StringStream, state: State): string | null => {
    if (state.until === null && stream.eatSpace()) return null;
    if (state.until === null && stream.match(/^(\/\*|`)/))
      state.until = stream.current() === '`' ? '`' : '*/';
    if (state.until) {
      const style = state.until === '`' ? 'string' : 'comment';
      if (skipTo(stream, state.until)) state.until = null;
      return style;
    }
    if (stream.match('//')) {
      stream.skipToEnd();
      return 'comment';
    }
    const quote = stream.eat(/["']/);
    if (quote !== undefined) {
      skipTo(stream, String(quote));
      return isJson && stream.match(/^\s*:/, false) ? 'propertyName' : 'string';
    }
    if (stream.match(/^-?(0[xbo][\da-f_]+|(\d[\d_]*)?\.?\d[\d_]*(e[+-]?\d+)?)n?/i)) return 'number';
    if (stream.match(/^[\p{L}_$][\p{L}\d_$]*/u)) return word(stream, isJson);
    const character = stream.next() ?? '';
    return /[-+*/%=<>!&|^~?]/.test(character) ? 'operator' : null;
  };
  return {
    name: isJson ? 'json' : 'javascript',
    startState: () => ({ until: null, indent: 0, isOpen: false }),
    token(stream, state) {
      if (stream.sol()) state.indent = stream.indentation();
      const style = token(stream, state);
      const text = stream.current();
      if (text.trim() !== '' && style !== 'comment') state.isOpen = style === null && /[([{]/.test(text);
      return style;
    },
    indent({ until, indent, isOpen }, after, { unit }) {
      if (until) return null;
      const closes = /^\s*[)\]}]/.test(after);
      return Math.max(0, indent + (isOpen ? unit : 0) - (closes ? unit : 0));
    },
    languageData: {
      commentTokens: isJson ? undefined : { line: '//', block: { open: '/*', close: '*/' } },
      indentOnInput: /^\s*[)\]}]$/,
      closeBrackets: { brackets: isJson ? ['[', '{', '"'] : ['(', '[', '{', "'", '"', '`'] },
    },
  };
}

/** JavaScript and TypeScript. */
export const scriptLanguage = StreamLanguage.define(parser(false));
/** JSON; what only JavaScript has is marked as wrong. */
export const jsonLanguage = StreamLanguage.define(parser(true));
