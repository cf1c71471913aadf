/** CodeMirror, set up: the only module that knows it. Keeps one state (text, cursor, undo) a draft. */
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete';
import {
  defaultKeymap,
  history,
  historyKeymap,
  indentWithTab,
  toggleTabFocusMode,
} from '@codemirror/commands';
import { python } from '@codemirror/lang-python';
import {
  bracketMatching,
  HighlightStyle,
  indentOnInput,
  indentUnit,
  StreamLanguage,
  syntaxHighlighting,
} from '@codemirror/language';
import { shell } from '@codemirror/legacy-modes/mode/shell';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension, Prec } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { tags } from '@lezer/highlight';
import type { Language } from '../../../src-shared/domain/execution.ts';

/** What the editor tells its owner. */
export interface EditorOptions {
  /** Name for assistive technology. */
  label: string;
  onRun: () => void;
  onCancel: () => void;
}

/** The editor on the screen. */
export interface EditorHandle {
  /** Shows the draft `key`; `code` is its text where it was changed elsewhere. `onType` hears every change. */
  show(key: string, code: string, language: Language, onType: (code: string) => void): void;
  dispose(): void;
}

const highlight = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.controlKeyword], color: 'var(--code-keyword)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--code-string)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--code-number)' },
  { tag: [tags.comment], color: 'var(--code-comment)' },
  {
    tag: [tags.function(tags.variableName), tags.definition(tags.variableName), tags.standard(tags.name)],
    color: 'var(--code-function)',
  },
]);

const theme = EditorView.theme({
  '&': { height: '100%', backgroundColor: 'var(--surface)', color: 'var(--text)' },
  // The ring is drawn by the container, above the gutter.
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { font: 'var(--mono-size) / 20px var(--font-mono)' },
  '.cm-content': { padding: '8px 0', caretColor: 'var(--text)' },
  '.cm-gutters': { backgroundColor: 'var(--surface)', color: 'var(--muted)', border: 'none' },
  '.cm-lineNumbers .cm-gutterElement': { padding: '0 8px 0 16px', minWidth: '32px' },
  '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--accent) 6%, transparent)' },
  '.cm-activeLineGutter': { backgroundColor: 'transparent', color: 'var(--text)' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'color-mix(in srgb, var(--accent) 28%, transparent)',
  },
  '.cm-tooltip': {
    border: '1px solid var(--line)',
    borderRadius: '6px',
    backgroundColor: 'var(--surface)',
    color: 'var(--text)',
  },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    backgroundColor: 'var(--accent)',
    color: 'var(--on-accent)',
  },
  '.cm-panels': { backgroundColor: 'var(--window)', color: 'var(--text)', borderColor: 'var(--line)' },
  '.cm-panel.cm-search input, .cm-panel.cm-search button': { font: 'inherit' },
});

const languageOf: Record<Language, () => Extension> = {
  python: () => [python(), indentUnit.of('    ')],
  shell: () => [StreamLanguage.define(shell), indentUnit.of('  ')],
};

/** Mounts an editor into `parent`. */
export function createEditor(parent: HTMLElement, options: EditorOptions): EditorHandle {
  const states = new Map<string, EditorState>();
  let current: string | null = null;
  let tell: (code: string) => void = () => {};
  const view = new EditorView({ parent, state: EditorState.create() });

  const common: Extension = [
    Prec.highest(
      keymap.of([
        { key: 'Mod-Enter', run: handled(options.onRun) },
        { key: 'Mod-.', run: handled(options.onCancel) },
        { key: 'Ctrl-m', run: toggleTabFocusMode },
      ]),
    ),
    lineNumbers(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    history(),
    drawSelection(),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    autocompletion(),
    highlightSelectionMatches(),
    search({ top: true }),
    syntaxHighlighting(highlight),
    keymap.of([
      ...closeBracketsKeymap,
      ...defaultKeymap.filter(({ key }) => key !== 'Mod-Enter' && key !== 'Ctrl-l' && key !== 'Mod-l'),
      ...historyKeymap,
      ...searchKeymap,
      ...completionKeymap,
      indentWithTab,
    ]),
    EditorView.domEventHandlers({ beforeinput: replaceSelection }),
    EditorView.contentAttributes.of({ 'aria-label': options.label, tabindex: '0', spellcheck: 'false' }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) tell(update.state.doc.toString());
    }),
    theme,
  ];

  return {
    show(key, code, language, onType) {
      if (current !== null) states.set(current, view.state);
      tell = () => {};
      let state =
        states.get(key) ?? EditorState.create({ doc: code, extensions: [common, languageOf[language]()] });
      if (state.doc.toString() !== code) {
        state = state.update({ changes: { from: 0, to: state.doc.length, insert: code } }).state;
      }
      if (state !== view.state) view.setState(state);
      current = key;
      tell = onType;
    },
    dispose() {
      view.destroy();
    },
  };
}

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

/** A key's command that always counts as done. */
function handled(action: () => void): () => boolean {
  return () => {
    action();
    return true;
  };
}
