/** CodeMirror for a file: the only module of this feature that knows it. What is read and written back is the same, byte for byte. */
import { closeBracketsKeymap } from '@codemirror/autocomplete';
import {
  defaultKeymap,
  historyField,
  historyKeymap,
  indentWithTab,
  toggleTabFocusMode,
} from '@codemirror/commands';
import { searchKeymap } from '@codemirror/search';
import { Compartment, EditorState, type Extension, Prec } from '@codemirror/state';
import { EditorView, highlightSpecialChars, keymap } from '@codemirror/view';
import { codeEditing } from '../../languages/code-editing.ts';
import { lineBreakOf } from '../../languages/line-break.ts';
import { languageFor } from './text-languages.ts';

/** A file that is only looked at has no current line. */
const calmUnlessFocused = EditorView.theme({
  '&:not(.cm-focused) .cm-activeLine': { backgroundColor: 'transparent' },
});

/** What the editor is made of. */
export interface TextEditorOptions {
  /** Name for assistive technology. */
  label: string;
  /** The file's name: what language it is. */
  name: string;
  text: string;
  /** What `state()` gave for this text earlier. */
  state: unknown;
  onType: (text: string) => void;
  onSave: () => void;
}

/** The editor on the screen. */
export interface TextEditor {
  setEditable(editable: boolean): void;
  focus(): void;
  /** Cursor, undo and text, to go on with later. */
  state(): unknown;
  dispose(): void;
}

/** Mounts an editor into `parent`. Its language is loaded when it is needed. */
export function createTextEditor(parent: HTMLElement, options: TextEditorOptions): TextEditor {
  const editable = new Compartment();
  const language = new Compartment();
  const tell = EditorView.updateListener.of((update) => {
    if (update.docChanged) options.onType(update.state.sliceDoc());
  });
  const extensions = [...common(options), tell, editable.of(readOnly), language.of([])];
  const kept = options.state instanceof EditorState ? options.state : null;
  const isSame = kept?.sliceDoc() === options.text;
  let state = EditorState.create({ doc: options.text, extensions });
  if (kept && isSame) {
    // The kept one has listeners of an editor that is gone; what it knows is taken over.
    const json = kept.toJSON({ history: historyField }) as object;
    state = EditorState.fromJSON(json, { extensions }, { history: historyField });
  }
  const view = new EditorView({ parent, state });
  let isGone = false;
  void languageFor(options.name).then((found) => {
    if (!isGone && found) view.dispatch({ effects: language.reconfigure(found) });
  });
  return {
    setEditable(is) {
      view.dispatch({ effects: editable.reconfigure(is ? [] : readOnly) });
    },
    focus: () => view.focus(),
    state: () => view.state,
    dispose() {
      isGone = true;
      view.destroy();
    },
  };
}

const readOnly: Extension = [EditorState.readOnly.of(true), EditorView.editable.of(false)];

function common({ label, text, onSave }: TextEditorOptions): Extension[] {
  return [
    Prec.highest(
      keymap.of([
        {
          key: 'Mod-s',
          run: () => {
            onSave();
            return true;
          },
        },
        { key: 'Ctrl-m', run: toggleTabFocusMode },
      ]),
    ),
    EditorState.lineSeparator.of(lineBreakOf(text)),
    // What cannot be seen, or turns text around, is shown: the content is a stranger's.
    highlightSpecialChars(),
    ...codeEditing,
    keymap.of([
      ...closeBracketsKeymap,
      // Both are the window's.
      ...defaultKeymap.filter(({ key }) => key !== 'Mod-Enter' && key !== 'Ctrl-l' && key !== 'Mod-l'),
      ...historyKeymap,
      ...searchKeymap,
      indentWithTab,
    ]),
    // Read-only text can be reached and read by keys, too.
    EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0', spellcheck: 'false' }),
    calmUnlessFocused,
  ];
}
