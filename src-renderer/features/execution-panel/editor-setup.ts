/** CodeMirror, set up: the only module that knows all of it. Keeps one state (text, cursor, undo) a draft. */
import { autocompletion, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, historyKeymap, indentWithTab, toggleTabFocusMode } from '@codemirror/commands';
import { indentUnit, StreamLanguage } from '@codemirror/language';
import { shell } from '@codemirror/legacy-modes/mode/shell';
import { searchKeymap } from '@codemirror/search';
import { EditorState, type Extension, Prec } from '@codemirror/state';
import { EditorView, keymap } from '@codemirror/view';
import type { Language } from '../../../src-shared/domain/execution.ts';
import { codeEditing } from '../../languages/code-editing.ts';
import { pythonLanguage } from '../../languages/python-language.ts';
import { editorPhrases } from '../../messages/editor.ts';
import { blockAround } from './editor-block.ts';
import { type AskNames, completionSources } from './editor-completion.ts';

/** What the editor tells its owner, and asks it. */
export interface EditorOptions {
  /** Name for assistive technology, and the id of an element that says how to leave. */
  label: string;
  helpId: string;
  onRun: (what: 'selection' | 'all' | 'block') => void;
  onCancel: () => void;
  /** What Tab does was switched: it leaves the editor, or indents. */
  onTabMode: (leaves: boolean) => void;
  askNames: AskNames;
}

/** The editor on the screen. */
export interface EditorHandle {
  /** Shows the draft `key`; `code` is its text where it was changed elsewhere. `onType` hears every change. */
  show(key: string, code: string, language: Language, onType: (code: string) => void): void;
  /** The selected text; empty without a selection. */
  selection(): string;
  /** The block that the cursor is in. */
  block(): string;
  dispose(): void;
}

const languageOf: Record<Language, () => Extension> = {
  python: () => [pythonLanguage, indentUnit.of('    ')],
  shell: () => [StreamLanguage.define(shell), indentUnit.of('  ')],
};

/** Keys of CodeMirror that the window has another use for. */
const takenKeys: ReadonlySet<string> = new Set(['Mod-Enter', 'Shift-Enter', 'Ctrl-l', 'Mod-l']);

/** Mounts an editor into `parent`. */
export function createEditor(parent: HTMLElement, options: EditorOptions): EditorHandle {
  const states = new Map<string, EditorState>();
  let current: string | null = null;
  let language: Language = 'python';
  let tell: (code: string) => void = () => {};
  let tabLeaves = false;
  const view = new EditorView({ parent, state: EditorState.create() });

  const common: Extension = [
    Prec.highest(
      keymap.of([
        { key: 'Mod-Shift-Enter', run: handled(() => options.onRun('all')) },
        { key: 'Mod-Enter', run: handled(() => options.onRun('selection')) },
        { key: 'Shift-Enter', run: handled(() => options.onRun('block')) },
        { key: 'Mod-.', run: handled(options.onCancel) },
        {
          key: 'Ctrl-m',
          run: (target) => {
            tabLeaves = !tabLeaves;
            options.onTabMode(tabLeaves);
            return toggleTabFocusMode(target);
          },
        },
      ]),
    ),
    ...codeEditing,
    keymap.of([
      ...closeBracketsKeymap,
      ...defaultKeymap.filter(({ key }) => !takenKeys.has(key ?? '')),
      ...historyKeymap,
      ...searchKeymap,
      ...completionKeymap,
      indentWithTab,
    ]),
    EditorView.contentAttributes.of({
      'aria-label': options.label,
      'aria-describedby': options.helpId,
      tabindex: '0',
      spellcheck: 'false',
    }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) tell(update.state.doc.toString());
    }),
    EditorState.phrases.of(editorPhrases),
  ];
  const extensionsFor = (wanted: Language): Extension => [
    common,
    languageOf[wanted](),
    autocompletion({ override: completionSources(wanted, options.askNames), activateOnTypingDelay: 120 }),
  ];

  return {
    show(key, code, wanted, onType) {
      if (current !== null) states.set(current, view.state);
      tell = () => {};
      let state = states.get(key) ?? EditorState.create({ doc: code, extensions: extensionsFor(wanted) });
      if (state.doc.toString() !== code) {
        state = state.update({ changes: { from: 0, to: state.doc.length, insert: code } }).state;
      }
      if (state !== view.state) view.setState(state);
      current = key;
      language = wanted;
      tell = onType;
    },
    selection() {
      const { state } = view;
      return state.selection.ranges
        .filter(({ empty }) => !empty)
        .map(({ from, to }) => dedented(state, from, to))
        .join('\n');
    },
    block() {
      const { doc, selection } = view.state;
      const lines = doc.toString().split('\n');
      const found = blockAround(lines, doc.lineAt(selection.main.head).number - 1, language);
      return found ? lines.slice(found.first, found.last + 1).join('\n') : '';
    },
    dispose() {
      view.destroy();
    },
  };
}

/** A selection as code of its own: whole lines out of a block lose the indentation that they share. */
function dedented(state: EditorState, from: number, to: number): string {
  const first = state.doc.lineAt(from);
  const lead = state.sliceDoc(first.from, from);
  const start = lead.trim() === '' ? first.from : from;
  const lines = state.sliceDoc(start, to).split('\n');
  const indents = lines
    .filter((line) => line.trim() !== '')
    .map((line) => /^[ \t]*/.exec(line)?.[0].length ?? 0);
  const shared = Math.min(...indents, Number.MAX_SAFE_INTEGER);
  return Number.isFinite(shared)
    ? lines.map((line) => line.slice(Math.min(shared, line.length))).join('\n')
    : '';
}

/** A key's command that always counts as done. */
function handled(action: () => void): () => boolean {
  return () => {
    action();
    return true;
  };
}
