/** The bar above the tree: where one is, the way up, new and upload, refresh, hidden files. And the heads of the columns. */
import {
  ArrowUp,
  Check,
  ChevronDown,
  ChevronUp,
  Copy,
  Eye,
  EyeOff,
  Plus,
  RefreshCw,
  Upload,
} from 'lucide-react';
import { useState } from 'react';
import { useStore } from 'zustand';
import { filesMessages as words } from '../../messages/files.ts';
import { crumbsOf, parentOf, typedPath } from '../../stores/files/file-paths.ts';
import type { SortKey } from '../../stores/files/tree-model.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { MenuButton } from '../../ui/menu.tsx';
import { FileName } from './file-name.tsx';
import styles from './files.module.css';
import { useFiles, useFilesContext } from './files-context.ts';

/** See the head of the file. */
export function FilesBar() {
  const { workspace, registry, active, openDialog, chooseUpload } = useFilesContext();
  const { files } = workspace;
  const base = useFiles((state) => state.base);
  const hidden = useStore(registry.view, (view) => view.hidden);
  const target = () => files.targetFolder();
  return (
    <>
      <div className={styles.bar}>
        {base !== '.' && (
          <IconButton
            label={words.up}
            icon={<ArrowUp size={16} aria-hidden />}
            isDisabled={!active || parentOf(base) === base}
            onPress={() => void files.show(parentOf(base))}
          />
        )}
        <PathField />
        {active && (
          <>
            <MenuButton
              label={words.upload}
              trigger={<IconButton label={words.upload} icon={<Upload size={16} aria-hidden />} />}
              entries={[
                {
                  id: 'files',
                  label: words.uploadFiles,
                  onAction: () => chooseUpload('files', target()),
                },
                {
                  id: 'folder',
                  label: words.uploadFolder,
                  onAction: () => chooseUpload('folder', target()),
                },
              ]}
            />
            <MenuButton
              label={words.add}
              trigger={<IconButton label={words.add} icon={<Plus size={16} aria-hidden />} />}
              entries={[
                {
                  id: 'file',
                  label: words.newFile,
                  onAction: () => openDialog({ type: 'create', kind: 'file', folder: target() }),
                },
                {
                  id: 'folder',
                  label: words.newFolder,
                  onAction: () => openDialog({ type: 'create', kind: 'folder', folder: target() }),
                },
              ]}
            />
          </>
        )}
        <IconButton
          label={hidden ? words.hideHidden : words.showHidden}
          icon={hidden ? <Eye size={16} aria-hidden /> : <EyeOff size={16} aria-hidden />}
          onPress={() => registry.view.setState({ ...registry.view.getState(), hidden: !hidden }, true)}
        />
        {active && (
          <IconButton
            label={words.refresh}
            icon={<RefreshCw size={16} aria-hidden />}
            onPress={() => void files.refresh()}
          />
        )}
      </div>
      <Heads />
    </>
  );
}

/** The folders down to the shown one; a click on the last one lets a path be typed. */
function PathField() {
  const { workspace, active } = useFilesContext();
  const { files } = workspace;
  const base = useFiles((state) => state.base);
  const [typing, setTyping] = useState(false);
  const [copied, setCopied] = useState(false);
  const crumbs = crumbsOf(base);
  if (typing) {
    return (
      <form
        className={styles.pathForm}
        onSubmit={(event) => {
          event.preventDefault();
          const text = String(new FormData(event.currentTarget).get('path') ?? '');
          setTyping(false);
          void files.show(typedPath(text));
        }}
      >
        <input
          name="path"
          className={styles.pathInput}
          aria-label={words.path}
          defaultValue={base === '.' ? '' : base}
          dir="auto"
          spellCheck={false}
          autoComplete="off"
          // biome-ignore lint/a11y/noAutofocus: the person asked for this field with a click or a key
          autoFocus
          onKeyDown={(event) => {
            if (event.key === 'Escape') setTyping(false);
          }}
          onBlur={() => setTyping(false)}
        />
      </form>
    );
  }
  return (
    <div className={styles.path}>
      <nav className={styles.crumbs} aria-label={words.crumbs}>
        <ol>
          {crumbs.map((crumb, index) => (
            <li key={crumb.path}>
              <Button
                look="quiet"
                className={styles.crumb ?? ''}
                isDisabled={!active}
                {...(index === crumbs.length - 1
                  ? { tooltip: words.pathEdit, 'aria-current': 'location' as const }
                  : {})}
                onPress={() => {
                  if (index === crumbs.length - 1) setTyping(true);
                  else void files.show(crumb.path);
                }}
              >
                {crumb.name === '.' ? words.workingFolder : <FileName name={crumb.name} />}
              </Button>
            </li>
          ))}
        </ol>
      </nav>
      <IconButton
        label={copied ? words.copied : words.copyPath}
        icon={copied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
        onPress={() => {
          void navigator.clipboard.writeText(base).then(() => {
            setCopied(true);
            setTimeout(() => setCopied(false), 1500);
          });
        }}
      />
    </div>
  );
}

function Heads() {
  return (
    <div className={styles.heads}>
      {(['name', 'size', 'time'] as const).map((key) => (
        <Head key={key} sortKey={key} />
      ))}
    </div>
  );
}

function Head({ sortKey }: { sortKey: SortKey }) {
  const { view } = useFilesContext().registry;
  const { sort, descending } = useStore(view);
  const isOn = sort === sortKey;
  const state = isOn ? (descending ? 'down' : 'up') : 'off';
  const Arrow = descending ? ChevronDown : ChevronUp;
  return (
    <Button
      look="quiet"
      className={styles[`head-${sortKey}`] ?? ''}
      aria-label={words.sortBy(sortKey, state)}
      onPress={() =>
        view.setState({
          sort: sortKey,
          // Newest and largest first is what people look for.
          descending: isOn ? !descending : sortKey !== 'name',
        })
      }
      icon={isOn ? <Arrow size={12} aria-hidden /> : undefined}
    >
      {words.sorts[sortKey]}
    </Button>
  );
}
