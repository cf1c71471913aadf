/** A text that is edited beside another one, of which single places are taken over: side by side, or as one where it is narrow. */
import { defaultKeymap, historyKeymap } from '@codemirror/commands';
import { MergeView, unifiedMergeView } from '@codemirror/merge';
import { EditorState, type Extension } from '@codemirror/state';
import { EditorView, keymap, lineNumbers } from '@codemirror/view';
import { codeEditing } from './code-editing.ts';
import { lineBreakOf } from './line-break.ts';
import { collapseUnchanged, diffConfig, handleOf, type MergeHandle, mergeTheme } from './merge-editor.ts';

/** What to edit, and what it is compared with. */
export interface MergeWriterOptions {
  merged: { text: string; label: string };
  other: { text: string; label: string };
  look: 'split' | 'unified';
  /** Names of the buttons at a place that differs. */
  take: string;
  keep: string;
  onType: (text: string) => void;
}

/** Mounts it. The text that `onType` gets has the line breaks that `merged` came with. */
export function createMergeWriter(parent: HTMLElement, options: MergeWriterOptions): MergeHandle {
  const { merged, other, look, take, keep, onType } = options;
  const edited: Extension = [
    // Before the editor's own look: lines of both sides are of one height.
    mergeTheme,
    // Tab leaves the editor: it is in a dialog.
    codeEditing,
    keymap.of([...historyKeymap, ...defaultKeymap]),
    EditorState.lineSeparator.of(lineBreakOf(merged.text)),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ 'aria-label': merged.label, spellcheck: 'false' }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) onType(update.state.sliceDoc());
    }),
  ];
  if (look === 'unified') {
    const view = new EditorView({
      parent,
      doc: merged.text,
      extensions: [
        edited,
        unifiedMergeView({
          original: other.text,
          mergeControls: (type, act) =>
            control(type === 'accept' ? '✓' : '↶', type === 'accept' ? keep : take, act),
          collapseUnchanged,
          diffConfig,
        }),
      ],
    });
    return handleOf(view, () => view.destroy());
  }
  const merge = new MergeView({
    parent,
    a: { doc: merged.text, extensions: edited },
    b: {
      doc: other.text,
      extensions: [
        lineNumbers(),
        EditorState.readOnly.of(true),
        EditorView.editable.of(false),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': other.label, tabindex: '0' }),
        mergeTheme,
      ],
    },
    revertControls: 'b-to-a',
    renderRevertControl: () => {
      const button = control('←', take, () => {});
      button.addEventListener('click', ({ detail }) => {
        // The library listens for the mouse only; by keyboard a press has no mouse.
        if (detail === 0) button.dispatchEvent(new MouseEvent('mousedown', { bubbles: true }));
      });
      return button;
    },
    collapseUnchanged,
    diffConfig,
  });
  return handleOf(merge.a, () => merge.destroy());
}

function control(sign: string, label: string, act: (event: MouseEvent) => void): HTMLButtonElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = sign;
  button.title = label;
  button.setAttribute('aria-label', label);
  button.addEventListener('click', act);
  return button;
}
