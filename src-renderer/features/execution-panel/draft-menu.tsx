/** Which draft is edited: the others, a new one, one from a file, and as a file. */
import { ChevronDown, FileCode } from 'lucide-react';
import { useRef, useSyncExternalStore } from 'react';
import { useApp } from '../../app/app-context.tsx';
import { editorMessages as words } from '../../messages/editor.ts';
import type { Draft } from '../../stores/drafts.ts';
import { Button } from '../../ui/button.tsx';
import { MenuButton, type MenuEntry } from '../../ui/menu.tsx';
import styles from './execution-panel.module.css';

/** The editor is for code; data goes into the sandbox. */
const largestFile = 1_000_000;

/** See the head of the file. */
export function DraftMenu({ draftKey }: { draftKey: string }) {
  const { drafts, actions, announcer } = useApp();
  const draft = useSyncExternalStore(drafts.subscribe, () => drafts.get(draftKey));
  const all = useSyncExternalStore(drafts.subscribe, () => drafts.list(draftKey));
  const input = useRef<HTMLInputElement>(null);
  const name = nameOf(draft);
  const open = async (file: File | undefined) => {
    if (!file) return;
    const refuse = (message: string, hint?: string) =>
      actions.showProblem({ code: 'invalid', retryable: false, message, ...(hint ? { hint } : {}) });
    if (file.size > largestFile) {
      refuse(words.fileTooLarge(file.name), words.fileTooLargeHint);
      return;
    }
    const text = await file.text();
    if (text.includes('\u0000')) {
      refuse(words.fileNotText(file.name));
      return;
    }
    drafts.open(draftKey, file.name, /\.(sh|bash|zsh)$/i.test(file.name) ? 'shell' : 'python', text);
  };
  const save = async () => {
    const { language, code } = drafts.get(draftKey);
    const saved = await actions.attempt('executions.saveCode', { name, language, code: code[language] });
    if (saved) announcer.say('saved', words.saved(saved.fileName));
  };
  const entries: MenuEntry[] = [
    ...(all.length > 1
      ? all.map((other): MenuEntry => {
          const label = nameOf(other);
          return {
            id: other.id,
            label: other.id === draft.id ? words.current(label) : label,
            onAction: () => drafts.select(draftKey, other.id),
          };
        })
      : []),
    {
      id: 'new',
      label: words.newDraft,
      onAction: () => drafts.add(draftKey, words.newDraftName(all.length + 1)),
    },
    { id: 'open', label: words.openFile, onAction: () => input.current?.click() },
    { id: 'save', label: words.saveDraft, onAction: () => void save() },
    ...(all.length > 1
      ? [{ id: 'close', label: words.closeDraft, onAction: () => drafts.remove(draftKey, draft.id) }]
      : []),
  ];
  return (
    <>
      <MenuButton
        label={words.drafts}
        trigger={
          <Button
            look="quiet"
            className={styles.draft ?? ''}
            icon={<FileCode size={14} aria-hidden />}
            aria-label={words.draftMenu(name)}
          >
            <bdi>{name}</bdi>
            <ChevronDown size={14} aria-hidden className={styles.chevron} />
          </Button>
        }
        entries={entries}
      />
      <input
        ref={input}
        type="file"
        hidden
        data-open-draft
        accept=".py,.sh,.bash,.txt,text/*"
        onChange={(event) => {
          void open(event.target.files?.[0]);
          event.target.value = '';
        }}
      />
    </>
  );
}

function nameOf({ name }: Draft): string {
  return name === '' ? words.firstDraft : name;
}
