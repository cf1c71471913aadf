/** The Files tab: path and tree on the left, preview on the right, transfers below. */
import { FolderOpen } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useApp, useStatus } from '../../app/app-context.tsx';
import { KeptResizable } from '../../app/kept-resizable.tsx';
import { filesMessages as words } from '../../messages/files.ts';
import { filesRegistry } from '../../stores/files/files-registry.ts';
import { Button } from '../../ui/button.tsx';
import { cx } from '../../ui/cx.ts';
import { Notice } from '../../ui/notice.tsx';
import { useNarrow } from '../../ui/use-narrow.ts';
import { ProblemNotice } from '../problem/problem-notice.tsx';
import { DropArea } from './drop-area.tsx';
import { FilePreviewPane } from './file-preview.tsx';
import { FileTree } from './file-tree.tsx';
import styles from './files.module.css';
import { FilesBar } from './files-bar.tsx';
import {
  FilesContext,
  type FilesContextValue,
  type FilesDialog,
  useFiles,
  useFilesContext,
} from './files-context.ts';
import { FilesDialogs } from './files-dialogs.tsx';
import { TransfersPanel } from './transfers-panel.tsx';
import { UploadInputs, type UploadInputsHandle } from './upload-inputs.tsx';
import { uploader } from './uploader.ts';

/** See the head of the file. `sessionId` is set where there is a session, alive or ended. */
export function FilesView({ profileId, sessionId }: { profileId: string; sessionId: string | null }) {
  const { bridge } = useApp();
  const status = useStatus((state) => state.status?.sessions.find(({ id }) => id === sessionId)?.status);
  if (sessionId === null || status === undefined)
    return <Nothing profileId={profileId} text={words.needsSession} />;
  if (status === 'connecting') return <Nothing profileId={null} text={words.connecting} />;
  const wasOpened = filesRegistry(bridge).workspace(sessionId).files.state.folders;
  if (status !== 'active' && Object.keys(wasOpened).length === 0) {
    return <Nothing profileId={profileId} text={words.endedEmpty} />;
  }
  return (
    <Workspace key={sessionId} profileId={profileId} sessionId={sessionId} active={status === 'active'} />
  );
}

function Nothing({ profileId, text }: { profileId: string | null; text: string }) {
  const { actions } = useApp();
  return (
    <div className={styles.nothing}>
      <FolderOpen size={32} aria-hidden />
      <p>{text}</p>
      {profileId !== null && (
        <Button look="primary" onPress={() => void actions.connect(profileId)}>
          {words.connect}
        </Button>
      )}
    </div>
  );
}

function Workspace({
  profileId,
  sessionId,
  active,
}: {
  profileId: string;
  sessionId: string;
  active: boolean;
}) {
  const { bridge } = useApp();
  const registry = filesRegistry(bridge);
  const workspace = registry.workspace(sessionId);
  const [dialog, openDialog] = useState<FilesDialog | null>(null);
  const inputs = useRef<UploadInputsHandle>(null);
  const value = useMemo<FilesContextValue>(
    () => ({
      registry,
      workspace,
      sessionId,
      active,
      openDialog,
      upload: uploader({ registry, workspace, sessionId, openDialog }),
      chooseUpload: (kind, folder) => inputs.current?.choose(kind, folder),
    }),
    [registry, workspace, sessionId, active],
  );
  useEffect(() => {
    if (active) void workspace.files.start();
  }, [active, workspace]);
  return (
    <FilesContext value={value}>
      <section className={styles.view} aria-label={words.region}>
        <Notices profileId={profileId} />
        <Panes />
        <TransfersPanel />
        <UploadInputs ref={inputs} />
        <FilesDialogs dialog={dialog} onClose={() => openDialog(null)} />
      </section>
    </FilesContext>
  );
}

/** What went wrong, and that the session has ended: above everything. */
function Notices({ profileId }: { profileId: string }) {
  const { actions } = useApp();
  const { active, workspace } = useFilesContext();
  const problem = useFiles((state) => state.problem);
  if (active && !problem) return null;
  return (
    <div className={styles.notices}>
      {!active && (
        <Notice
          level="info"
          title={words.ended}
          actions={<Button onPress={() => void actions.connect(profileId)}>{words.connect}</Button>}
        />
      )}
      {problem && <ProblemNotice problem={problem} onDismiss={() => workspace.files.showProblem(null)} />}
    </div>
  );
}

/** Tree and preview: side by side, or one after the other where there is no room. */
function Panes() {
  const isOpen = useFiles((state) => state.open !== null);
  const isNarrow = useNarrow();
  const single = useRef<HTMLDivElement>(null);
  const wasOpen = useRef(isOpen);
  useEffect(() => {
    if (wasOpen.current === isOpen) return;
    wasOpen.current = isOpen;
    // What had the focus is gone; without a box of their own both panes are still there.
    single.current?.querySelector<HTMLElement>(isOpen ? 'button' : '[role="treegrid"]')?.focus();
  }, [isOpen]);
  if (isNarrow) {
    return (
      <div ref={single} className={styles.single}>
        {isOpen ? <FilePreviewPane withBack /> : <TreePane />}
      </div>
    );
  }
  return (
    <div className={styles.panes}>
      <KeptResizable
        axis="x"
        edge="end"
        label={words.divider}
        unit="%"
        name="files.tree"
        usual={46}
        min={240}
        rest={240}
        className={styles.pane}
      >
        <TreePane />
      </KeptResizable>
      <div className={cx(styles.pane, styles.previewPane)}>
        <FilePreviewPane />
      </div>
    </div>
  );
}

function TreePane() {
  return (
    <DropArea>
      <div className={styles.treePane} data-region="files" tabIndex={-1}>
        <FilesBar />
        <FileTree />
      </div>
    </DropArea>
  );
}
