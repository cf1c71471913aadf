/** The code editor (CodeMirror 6), loaded after the first paint. It owns its text; React hears of nothing while a person types. */
import { useEffect, useId, useRef } from 'react';
import type { Language } from '../../../src-shared/domain/execution.ts';
import { useApp } from '../../app/app-context.tsx';
import { liveSession } from '../../app/target.ts';
import { editorMessages } from '../../messages/editor.ts';
import { runMessages as words } from '../../messages/run.ts';
import { createEditor, type EditorHandle } from './editor-setup.ts';
import styles from './execution-panel.module.css';

/** The editor of the drafts of `draftKey`, in `language`. */
export function CodeEditor({ draftKey, language }: { draftKey: string; language: Language }) {
  const { drafts, actions, bridge, announcer } = useApp();
  const box = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorHandle | null>(null);
  const helpId = useId();

  useEffect(() => {
    if (!box.current) return;
    const handle = createEditor(box.current, {
      label: words.editor,
      helpId,
      onRun: (what) => void actions.runDraft(what),
      onCancel: () => void actions.cancelCurrent(),
      onTabMode: (leaves) =>
        announcer.interrupt(leaves ? editorMessages.tabLeaves : editorMessages.tabIndents),
      askNames: async (code) => {
        const target = actions.target();
        const session = target && liveSession(target);
        if (session?.status !== 'active') return null;
        try {
          return await bridge.call('executions.complete', { sessionId: session.id, code });
        } catch {
          return null;
        }
      },
    });
    editor.current = handle;
    const detach = drafts.attachEditor(handle.selection, handle.block);
    return () => {
      detach();
      handle.dispose();
      editor.current = null;
    };
  }, [actions, drafts, bridge, announcer, helpId]);

  useEffect(() => {
    const show = () => {
      const draft = drafts.get(draftKey);
      editor.current?.show(`${draftKey}:${draft.id}:${language}`, draft.code[language], language, (code) =>
        drafts.type(draftKey, code),
      );
    };
    show();
    return drafts.subscribe(show);
  }, [drafts, draftKey, language]);

  return (
    <>
      <p id={helpId} className={styles.hidden}>
        {editorMessages.help}
      </p>
      <div ref={box} className={styles.editor} data-editor />
    </>
  );
}
