/** The merge view of CodeMirror, set up to read: two texts side by side or as one, with keys to walk the differences. */
import { getChunks, goToNextChunk, goToPreviousChunk, MergeView, unifiedMergeView } from '@codemirror/merge';
import { EditorState, type Extension } from '@codemirror/state';
import { EditorView, keymap, lineNumbers } from '@codemirror/view';

/** A comparison on the screen. */
export interface MergeHandle {
  /** How many places differ. */
  count: number;
  next: () => void;
  previous: () => void;
  dispose: () => void;
}

/** What to show. */
export interface MergeOptions {
  left: { text: string; label: string };
  right: { text: string; label: string };
  look: 'split' | 'unified';
}

/** How differences look. */
export const mergeTheme = EditorView.theme({
  '&': { backgroundColor: 'var(--surface)', color: 'var(--text)' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-2px' },
  '.cm-scroller': { font: 'var(--mono-size) / var(--mono-line) var(--font-mono)' },
  '.cm-content': { padding: '8px 0' },
  '.cm-gutters': { backgroundColor: 'var(--surface)', color: 'var(--muted)', border: 'none' },
  '.cm-lineNumbers .cm-gutterElement': { padding: '0 8px 0 12px' },
  '.cm-changedLine, .cm-inlineChangedLine': {
    backgroundColor: 'color-mix(in srgb, var(--ok) 12%, transparent) !important',
  },
  '.cm-deletedChunk, &.cm-merge-a .cm-changedLine': {
    backgroundColor: 'color-mix(in srgb, var(--error) 12%, transparent) !important',
  },
  '.cm-changedText': {
    background: 'color-mix(in srgb, var(--ok) 30%, transparent) !important',
    textDecoration: 'underline',
  },
  '.cm-deletedText, &.cm-merge-a .cm-changedText': {
    background: 'color-mix(in srgb, var(--error) 30%, transparent) !important',
    textDecoration: 'underline',
  },
  '.cm-collapsedLines': {
    padding: '2px 12px',
    background: 'var(--sunken)',
    color: 'var(--muted)',
    font: 'var(--font-size-small) / 20px var(--font-ui)',
  },
  // The library's own sign is in few fonts.
  '.cm-collapsedLines:before, .cm-collapsedLines:after': { content: '"⋯"' },
});

/** A hostile output may differ everywhere: the search for the shortest difference is given up early. */
export const diffConfig = { scanLimit: 1000, timeout: 400 };
/** Long stretches that are the same are folded. */
export const collapseUnchanged = { margin: 3, minSize: 8 };

/** Mounts the comparison. */
export function createMerge(parent: HTMLElement, { left, right, look }: MergeOptions): MergeHandle {
  const common = (label: string): Extension => [
    lineNumbers(),
    EditorState.readOnly.of(true),
    EditorView.editable.of(false),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({
      'aria-label': label,
      tabindex: '0',
      role: 'textbox',
      'aria-readonly': 'true',
      'aria-multiline': 'true',
    }),
    keymap.of([{ key: 'F7', run: goToNextChunk, shift: goToPreviousChunk, preventDefault: true }]),
    mergeTheme,
  ];
  if (look === 'unified') {
    const view = new EditorView({
      parent,
      doc: right.text,
      extensions: [
        common(right.label),
        unifiedMergeView({
          original: left.text,
          mergeControls: false,
          highlightChanges: true,
          collapseUnchanged,
          diffConfig,
        }),
      ],
    });
    return handleOf(view, () => view.destroy());
  }
  const merge = new MergeView({
    parent,
    a: { doc: left.text, extensions: common(left.label) },
    b: { doc: right.text, extensions: common(right.label) },
    highlightChanges: true,
    gutter: true,
    collapseUnchanged,
    diffConfig,
  });
  return handleOf(merge.b, () => merge.destroy());
}

/** The handle over the view whose differences are walked. */
export function handleOf(view: EditorView, dispose: () => void): MergeHandle {
  const go = (command: typeof goToNextChunk) => () => {
    command({ state: view.state, dispatch: (transaction) => view.dispatch(transaction) });
    view.focus();
  };
  return {
    count: getChunks(view.state)?.chunks.length ?? 0,
    next: go(goToNextChunk),
    previous: go(goToPreviousChunk),
    dispose,
  };
}
