/** The code editor (CodeMirror 6), loaded after the first paint. It owns its text; React hears of nothing while a person types. */
import { useEffect, useRef } from 'react';
import type { Language } from '../../../src-shared/domain/execution.ts';
import { useApp } from '../../app/app-context.tsx';
import { runMessages as words } from '../../messages/run.ts';
import { createEditor, type EditorHandle } from './editor-setup.ts';
import styles from './execution-panel.module.css';

/** The editor of the draft `draftKey` in `language`. */
export function CodeEditor({ draftKey, language }: { draftKey: string; language: Language }) {
  const { drafts, actions } = useApp();
  const box = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorHandle | null>(null);

  useEffect(() => {
    if (!box.current) return;
    const handle = createEditor(box.current, {
      label: words.editor,
      onRun: () => void actions.runDraft(),
      onCancel: () => void actions.cancelCurrent(),
    });
    editor.current = handle;
    return () => {
      handle.dispose();
      editor.current = null;
    };
  }, [actions]);

  useEffect(() => {
    const show = () => {
      const draft = drafts.get(draftKey);
      editor.current?.show(`${draftKey}:${language}`, draft.code[language], language, (code) =>
        drafts.type(draftKey, code),
      );
    };
    show();
    return drafts.subscribe(show);
  }, [drafts, draftKey, language]);

  return <div ref={box} className={styles.editor} data-editor />;
}
