/** Text: read-only until the person says Edit; saved only where nobody changed the file meanwhile. */
import { Copy, Pencil, Save } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { maxTextBytes } from '../../../src-shared/domain/file.ts';
import { useApp } from '../../app/app-context.tsx';
import { filesMessages as words } from '../../messages/files.ts';
import { formatBytes, formatTimeSeconds } from '../../messages/format.ts';
import { nameOf } from '../../stores/files/file-paths.ts';
import type { OpenFile } from '../../stores/files/open-files.ts';
import { Button } from '../../ui/button.tsx';
import { Segments } from '../../ui/field.tsx';
import { Notice } from '../../ui/notice.tsx';
import { shortcut } from '../../ui/shortcut.ts';
import { ProblemNotice } from '../problem/problem-notice.tsx';
import styles from './files.module.css';
import { useFilesContext } from './files-context.ts';
import { Picture } from './image-preview.tsx';
import { changed, PreviewButtons, PreviewHead } from './preview-head.tsx';
import { createTextEditor, type TextEditor } from './text-editor.ts';
import { visibleName } from './visible-name.ts';

type TextFile = Extract<NonNullable<OpenFile['preview']>, { kind: 'text' }>;

/** See the head of the file. */
export function TextPreview({ file, preview }: { file: OpenFile; preview: TextFile }) {
  const { path, editing, problem, saveProblem } = file;
  const { active } = useFilesContext();
  const isSvg = /\.svg$/i.test(path);
  const [asPicture, setAsPicture] = useState(isSvg);
  const isDrawn = isSvg && asPicture && !editing;
  return (
    <>
      <PreviewHead
        path={path}
        facts={[formatBytes(preview.size), changed(preview)]}
        state={<SaveState file={file} />}
      >
        <div className={styles.previewButtons}>
          {isSvg && !editing && (
            <Segments
              label={words.view}
              hideLabel
              value={asPicture ? 'picture' : 'text'}
              options={[
                { value: 'picture', label: words.viewPicture },
                { value: 'text', label: words.viewText },
              ]}
              onChange={(value) => setAsPicture(value === 'picture')}
            />
          )}
          <EditButtons file={file} canEdit={active && preview.version !== null} />
          {!editing && <PreviewButtons path={path} />}
        </div>
      </PreviewHead>
      <div className={styles.previewNotices}>
        {!active && file.dirty && <Notice level="warning" title={words.endedUnsaved} />}
        {preview.truncated && (
          <Notice
            level="info"
            title={words.truncated(formatBytes(maxTextBytes), formatBytes(preview.size))}
          />
        )}
        {!preview.valid && <Notice level="info" title={words.invalidText} />}
        {preview.valid && preview.encoding !== 'utf-8' && (
          <Notice level="info" title={words.otherEncoding(preview.encoding.toUpperCase())} />
        )}
        {problem && <ProblemNotice problem={problem} />}
        {saveProblem && <ProblemNotice problem={saveProblem} />}
      </div>
      {isDrawn ? <Picture path={path} version={preview.modifiedAt} /> : <Editor file={file} />}
    </>
  );
}

function SaveState({ file }: { file: OpenFile }) {
  const { announcer } = useApp();
  const { dirty, saving, savedAt, path } = file;
  useEffect(() => {
    if (savedAt !== null) announcer.say(`saved ${path}`, words.saved(formatTimeSeconds(savedAt)));
  }, [savedAt, path, announcer]);
  const text = saving
    ? words.saving
    : dirty
      ? words.unsaved
      : savedAt !== null
        ? words.saved(formatTimeSeconds(savedAt))
        : null;
  if (text === null) return null;
  return <span className={dirty ? styles.unsaved : styles.savedState}>{text}</span>;
}

function EditButtons({ file, canEdit }: { file: OpenFile; canEdit: boolean }) {
  const { bridge } = useApp();
  const { workspace, openDialog, active } = useFilesContext();
  const { openFiles } = workspace;
  const { path, editing, dirty, saving } = file;
  if (!editing) {
    if (!canEdit) return null;
    return (
      <Button icon={<Pencil size={14} aria-hidden />} onPress={() => openFiles.edit(path)}>
        {words.edit}
      </Button>
    );
  }
  if (!active) {
    return (
      <Button
        icon={<Copy size={14} aria-hidden />}
        onPress={() => void navigator.clipboard.writeText(openFiles.textOf(path))}
      >
        {words.copyText}
      </Button>
    );
  }
  return (
    <>
      <Button
        look="quiet"
        onPress={() => {
          if (dirty) openDialog({ type: 'discard', path });
          else void openFiles.discard(path);
        }}
      >
        {dirty ? words.discard : words.done}
      </Button>
      <Button
        look="primary"
        icon={<Save size={14} aria-hidden />}
        tooltip={words.saveTitle(shortcut(bridge.runtime.platform, 'Mod+S'))}
        isDisabled={!dirty || saving}
        onPress={() => void openFiles.save(path)}
      >
        {words.save}
      </Button>
    </>
  );
}

/** The editor. It owns what is typed; React hears of nothing but that there is something to save. */
function Editor({ file }: { file: OpenFile }) {
  const { workspace } = useFilesContext();
  const { openFiles } = workspace;
  const { path, editing, revision } = file;
  const box = useRef<HTMLDivElement>(null);
  const editor = useRef<TextEditor | null>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another revision is another text
  useEffect(() => {
    if (!box.current) return;
    const handle = createTextEditor(box.current, {
      label: words.editor(visibleName(nameOf(path))),
      name: nameOf(path),
      text: openFiles.textOf(path),
      state: openFiles.stateOf(path),
      onType: (text) => openFiles.type(path, text),
      onSave: () => {
        if (openFiles.get(path)?.dirty) void openFiles.save(path);
      },
    });
    handle.setEditable(openFiles.get(path)?.editing ?? false);
    editor.current = handle;
    return () => {
      openFiles.keepState(path, handle.state());
      handle.dispose();
      editor.current = null;
    };
  }, [openFiles, path, revision]);

  useEffect(() => {
    editor.current?.setEditable(editing);
    if (editing) editor.current?.focus();
  }, [editing]);

  return <div ref={box} className={styles.editor} />;
}
