/** What editing code is in both editors: lines, history, brackets, search and colours. Keys, language and content are each editor's own. */
import { closeBrackets } from '@codemirror/autocomplete';
import { history } from '@codemirror/commands';
import { bracketMatching, indentOnInput, syntaxHighlighting } from '@codemirror/language';
import { highlightSelectionMatches, search } from '@codemirror/search';
import type { Extension } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  lineNumbers,
} from '@codemirror/view';
import { codeColours, codeTheme } from './code-look.ts';

/** See the file's first line. */
export const codeEditing: readonly Extension[] = [
  lineNumbers(),
  highlightActiveLine(),
  highlightActiveLineGutter(),
  history(),
  drawSelection(),
  indentOnInput(),
  bracketMatching(),
  closeBrackets(),
  highlightSelectionMatches(),
  search({ top: true }),
  syntaxHighlighting(codeColours),
  EditorView.domEventHandlers({ beforeinput: replaceSelection }),
  codeTheme,
];

/**
 * Typing over a selection, done by CodeMirror instead of the browser: Chromium keeps the look of the replaced text in an inline
 * style, which the CSP refuses (and reports).
 */
function replaceSelection(event: InputEvent, view: EditorView): boolean {
  const { main } = view.state.selection;
  if (event.inputType !== 'insertText' || !event.data || main.empty || event.isComposing) return false;
  const text = event.data;
  const insert = () => view.state.update(view.state.replaceSelection(text), { userEvent: 'input.type' });
  event.preventDefault();
  const handlers = view.state.facet(EditorView.inputHandler);
  if (handlers.some((handler) => handler(view, main.from, main.to, text, insert))) return true;
  view.dispatch(insert());
  return true;
}
