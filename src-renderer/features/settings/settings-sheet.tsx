/** The settings: a sheet over the window with its sections on the left. Every change is saved and shown at once. */
import { Search } from 'lucide-react';
import { type ReactNode, useRef, useState } from 'react';
import type { Settings } from '../../../src-shared/domain/settings.ts';
import { settingsMessages as words } from '../../messages/settings.ts';
import { shellMessages } from '../../messages/shell.ts';
import { type SettingsSection, settingsSections } from '../../stores/ui-store.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { AdvancedSection } from './advanced-section.tsx';
import { AppearancePreview } from './appearance-preview.tsx';
import { DataSection } from './data-section.tsx';
import { findSettings, type SettingEntry, settingEntries } from './entries.tsx';
import { KeyboardSection } from './keyboard-section.tsx';
import { ProfilesSection } from './profiles-section.tsx';
import styles from './settings.module.css';
import { SettingsGroup } from './settings-group.tsx';
import { type ChangeSettings, useSettings } from './use-settings.ts';

/** Opens at `section`; with `profileId`, that profile's form is open. */
export function SettingsSheet({
  section: first = 'general',
  profileId,
  start,
  onClose,
}: {
  section?: SettingsSection | undefined;
  profileId?: string | undefined;
  start?: 'export' | 'import' | undefined;
  onClose: () => void;
}) {
  const { settings, change } = useSettings();
  const [section, setSection] = useState<SettingsSection>(first);
  const [query, setQuery] = useState('');
  const content = useRef<HTMLDivElement>(null);
  if (!settings) return null;
  const isSearching = query.trim() !== '';
  const open = (next: SettingsSection) => {
    setSection(next);
    setQuery('');
    content.current?.scrollTo(0, 0);
  };
  return (
    <Dialog size="large" title={words.title} closeLabel={shellMessages.close} onClose={onClose}>
      <div className={styles.sheet}>
        <div className={styles.side}>
          <label className={styles.search}>
            <Search size={14} aria-hidden />
            <input
              type="search"
              autoFocus
              aria-label={words.search}
              placeholder={words.search}
              value={query}
              spellCheck={false}
              onChange={(event) => setQuery(event.target.value)}
            />
          </label>
          <nav aria-label={words.sectionsLabel}>
            <ul className={styles.sections}>
              {settingsSections.map((id) => (
                <li key={id}>
                  <button
                    type="button"
                    className={styles.sectionButton}
                    aria-current={!isSearching && id === section ? 'page' : undefined}
                    onClick={() => open(id)}
                  >
                    {words.sections[id]}
                  </button>
                </li>
              ))}
            </ul>
          </nav>
        </div>
        <div ref={content} className={styles.content} tabIndex={-1} data-settings-content>
          {isSearching ? (
            <Results query={query.trim()} settings={settings} change={change} onOpen={open} />
          ) : (
            <section aria-label={words.sections[section]} className={styles.section}>
              <h3 className={styles.sectionTitle}>{words.sections[section]}</h3>
              <Section id={section} settings={settings} change={change} profileId={profileId} start={start} />
            </section>
          )}
        </div>
      </div>
    </Dialog>
  );
}

interface PageProps {
  settings: Settings;
  change: ChangeSettings;
}

function Section({
  id,
  profileId,
  start,
  ...page
}: PageProps & {
  id: SettingsSection;
  profileId: string | undefined;
  start: 'export' | 'import' | undefined;
}) {
  switch (id) {
    case 'profiles':
      return <ProfilesSection profileId={profileId} />;
    case 'keyboard':
      return <KeyboardSection {...page} />;
    case 'data':
      return <DataSection start={start} />;
    case 'advanced':
      return <AdvancedSection />;
    case 'notifications':
      return (
        <>
          <p className={styles.muted}>{words.notificationsHelp}</p>
          <Groups entries={entriesOf(id)} {...page} />
        </>
      );
    case 'appearance':
      return (
        <>
          <Groups entries={entriesOf(id)} {...page} />
          <AppearancePreview />
        </>
      );
    default:
      return <Groups entries={entriesOf(id)} {...page} />;
  }
}

function entriesOf(section: SettingsSection): SettingEntry[] {
  return settingEntries.filter(({ sections }) => sections.includes(section));
}

/** Entries under the headings of their groups; one heading alone would only repeat the section. */
function Groups({ entries, settings, change }: PageProps & { entries: readonly SettingEntry[] }) {
  const names = [...new Set(entries.map(({ group }) => group))];
  return names.map((name) => (
    <SettingsGroup key={name} title={name} hideTitle={names.length === 1}>
      {entries
        .filter(({ group, isHidden }) => group === name && !isHidden?.(settings))
        .map((entry) => (
          <div key={entry.key}>{entry.control(settings, change)}</div>
        ))}
    </SettingsGroup>
  ));
}

/** What the search found: controls that work here, and sections by name. */
function Results({
  query,
  onOpen,
  ...page
}: PageProps & { query: string; onOpen: (section: SettingsSection) => void }) {
  const found = findSettings(query).filter(({ isHidden }) => !isHidden?.(page.settings));
  const sections = settingsSections.filter((id) => isNamed(id, query));
  const total = found.length + sections.length;
  return (
    <section aria-label={words.search} className={styles.section}>
      <p role="status" className={styles.muted}>
        {total === 0 ? words.nothingFound(query) : words.found(total)}
      </p>
      {settingsSections.map((id) => {
        const entries = found.filter((entry) => entry.sections[0] === id);
        if (entries.length === 0 && !sections.includes(id)) return null;
        return (
          <SettingsGroup key={id} title={words.sections[id]}>
            {entries.map((entry) => (
              <div key={entry.key}>{entry.control(page.settings, page.change)}</div>
            ))}
            <OpenSection onPress={() => onOpen(id)}>{words.showSection(words.sections[id])}</OpenSection>
          </SettingsGroup>
        );
      })}
    </section>
  );
}

function OpenSection({ onPress, children }: { onPress: () => void; children: ReactNode }) {
  return (
    <button type="button" className={styles.link} onClick={onPress}>
      {children}
    </button>
  );
}

function isNamed(id: SettingsSection, query: string): boolean {
  const text = `${words.sections[id]} ${words.sectionWords[id]}`.toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((token) => text.includes(token));
}
