/** Both copies of a conflict beside each other: their facts, their text where they have one, and the text put together of both. */
import { ArrowDown, ArrowUp } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import type {
  SyncConflict,
  SyncConflictContent,
  SyncSide,
  SyncVersion,
} from '../../../src-shared/domain/sync.ts';
import { createMerge, type MergeHandle } from '../../languages/merge-editor.ts';
import { mergeTexts } from '../../languages/merge-texts.ts';
import { createMergeWriter } from '../../languages/merge-writer.ts';
import { activityMessages } from '../../messages/activity.ts';
import { conflictMessages as words } from '../../messages/sync-conflict.ts';
import { IconButton } from '../../ui/button.tsx';
import { Segments } from '../../ui/field.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { useNarrow } from '../../ui/use-narrow.ts';
import styles from './conflict.module.css';
import { hasText } from './conflict-model.ts';

/** What was typed stays while other choices and conflicts are looked at, and when the dialog is closed, until the window goes. */
const typedTexts = new Map<string, string>();

/** It is decided: nobody needs what was typed. */
export function forgetTyped(conflictId: string): void {
  for (const draft of typedTexts.keys()) if (draft.startsWith(`${conflictId} `)) typedTexts.delete(draft);
}

/** `onMerged` gets the text that stands in the editor, also before anything was typed; null where none is shown. */
export function ConflictCompare({
  conflict,
  content,
  isMerging,
  onMerged,
}: {
  conflict: SyncConflict;
  content: SyncConflictContent | null;
  isMerging: boolean;
  onMerged: (text: string | null) => void;
}) {
  const [other, setOther] = useState<SyncSide>('remote');
  const start = useMemo(() => {
    if (!content || content.local === null || content.remote === null) return null;
    const { base, local, remote } = content;
    return base === null ? { text: local, open: null } : mergeTexts(base, local, remote);
  }, [content]);
  // Of other copies, what was typed would be about something else.
  const draft = `${conflict.id} ${conflict.local?.hash} ${conflict.remote?.hash}`;
  const text = typedTexts.get(draft) ?? start?.text;
  useEffect(() => {
    onMerged(isMerging ? (text ?? null) : null);
  }, [isMerging, text, onMerged]);
  // Texts are compared; of the rest, the hash tells whether they are the same.
  const isBinary = content !== null && !hasText(conflict, content);
  return (
    <>
      <div className={styles.sides}>
        <Side label={words.local} version={conflict.local} before={conflict.base} withHash={isBinary} />
        <Side label={words.remote} version={conflict.remote} before={conflict.base} withHash={isBinary} />
      </div>
      {content?.note && <Notice level="info" title={content.note} />}
      {!content ? (
        <Skeleton label={words.loading} />
      ) : isMerging && start && text !== undefined ? (
        <>
          <div className={styles.mergeBar}>
            <p className={styles.muted}>
              {start.open === null ? words.mergedHelp : words.mergedOpen(start.open)}
            </p>
            <Segments
              label={words.compareWith}
              hideLabel
              value={other}
              options={[
                { value: 'local', label: words.textOf.local },
                { value: 'remote', label: words.textOf.remote },
              ]}
              onChange={setOther}
            />
          </div>
          <Texts
            key={other}
            left={text}
            right={content[other] ?? ''}
            side={other}
            onType={(next) => {
              typedTexts.set(draft, next);
              onMerged(next);
            }}
          />
        </>
      ) : (
        <Compared content={content} />
      )}
    </>
  );
}

/** Both texts; where only one side has the file, what changed in it since the last sync. */
function Compared({ content: { base, local, remote } }: { content: SyncConflictContent }) {
  if (local !== null && remote !== null) return <Texts left={local} right={remote} side="remote" />;
  const text = local ?? remote;
  if (text === null) return null;
  return (
    <Texts
      left={base ?? ''}
      leftLabel={words.lastSynced}
      right={text}
      side={local === null ? 'remote' : 'local'}
    />
  );
}

function Side({
  label,
  version,
  before,
  withHash,
}: {
  label: string;
  version: SyncVersion | null;
  before: SyncVersion | null;
  withHash: boolean;
}) {
  return (
    <section className={styles.side} aria-label={label}>
      <strong>{label}</strong>
      {version === null ? (
        <span>{before === null ? words.neverThere : words.deleted}</span>
      ) : (
        <>
          <bdi>{words.facts(version, Date.now())}</bdi>
          {version.executable && version.kind === 'file' && <span>{words.executable}</span>}
          {withHash && version.kind === 'file' && (
            <code className={styles.hash} title={version.hash}>
              {words.hash(version.hash)}
            </code>
          )}
        </>
      )}
    </section>
  );
}

/** Two texts compared; the left one is edited where `onType` is given. */
function Texts({
  left,
  leftLabel = words.textOf.local,
  right,
  side,
  onType,
}: {
  left: string;
  leftLabel?: string;
  right: string;
  /** Whose copy is on the right. */
  side: SyncSide;
  onType?: (text: string) => void;
}) {
  const box = useRef<HTMLDivElement>(null);
  const [merge, setMerge] = useState<MergeHandle | null>(null);
  const isNarrow = useNarrow();
  const look = isNarrow ? 'unified' : 'split';
  const isEdited = onType !== undefined;
  const typed = useRef(onType);
  typed.current = onType;
  // Typing must not make the editor anew.
  const first = useRef(left);
  if (!isEdited) first.current = left;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `left` counts while it is not edited
  useEffect(() => {
    if (!box.current) return;
    const handle = isEdited
      ? createMergeWriter(box.current, {
          merged: { text: first.current, label: words.merged },
          other: { text: right, label: words.textOf[side] },
          look,
          take: words.take,
          keep: words.keep,
          onType: (text) => {
            first.current = text;
            typed.current?.(text);
          },
        })
      : createMerge(box.current, {
          left: { text: left, label: leftLabel },
          right: { text: right, label: words.textOf[side] },
          look,
        });
    setMerge(handle);
    return () => handle.dispose();
  }, [isEdited, isEdited ? null : left, right, side, look]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: F7 works wherever the focus is in here
    <div
      className={styles.texts}
      onKeyDown={(event) => {
        if (event.key !== 'F7' || !merge) return;
        event.preventDefault();
        if (event.shiftKey) merge.previous();
        else merge.next();
      }}
    >
      <div ref={box} className={styles.merge} data-edited={isEdited} />
      <div className={styles.walk}>
        <span className={styles.muted}>{merge && activityMessages.differences(merge.count)}</span>
        <IconButton
          label={activityMessages.previous}
          icon={<ArrowUp size={16} aria-hidden />}
          onPress={() => merge?.previous()}
        />
        <IconButton
          label={activityMessages.next}
          icon={<ArrowDown size={16} aria-hidden />}
          onPress={() => merge?.next()}
        />
      </div>
    </div>
  );
}
