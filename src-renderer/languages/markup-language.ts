/** HTML and XML for CodeMirror: tags, attributes, texts and comments. */
import { StreamLanguage, type StreamParser } from '@codemirror/language';

interface State {
  inside: 'text' | 'tag' | 'comment';
}

const parser: StreamParser<State> = {
  name: 'markup',
  startState: () => ({ inside: 'text' }),
  token(stream, state) {
    if (state.inside === 'comment' || stream.match('<!--')) {
      state.inside = stream.match(/^.*?-->/) ? 'text' : 'comment';
      if (state.inside === 'comment') stream.skipToEnd();
      return 'comment';
    }
    if (state.inside === 'text') {
      if (stream.match(/^<[/?!]?[\w:.-]+/)) {
        state.inside = 'tag';
        return 'tagName';
      }
      if (stream.match(/^&#?\w+;/)) return 'atom';
      if (!stream.match(/^[^<&]+/)) stream.next();
      return null;
    }
    if (stream.eatSpace()) return null;
    if (stream.match(/^[/?]?>/)) {
      state.inside = 'text';
      return 'tagName';
    }
    // A value over several lines is coloured in its first one only.
    if (stream.match(/^"[^"]*"?|^'[^']*'?/)) return 'string';
    if (stream.match(/^[^\s=>/"']+/)) return 'attributeName';
    stream.next();
    return null;
  },
  languageData: { commentTokens: { block: { open: '<!--', close: '-->' } } },
};

/** See the head of the file. */
export const markupLanguage = StreamLanguage.define(parser);
