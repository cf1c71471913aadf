/** Every simple setting: where it stands, what it is called, and its control. The sheet and its search are made of this list. */
import type { ReactNode } from 'react';
import type { Settings } from '../../../src-shared/domain/settings.ts';
import { settingsMessages as words } from '../../messages/settings.ts';
import type { SettingsSection } from '../../stores/ui-store.ts';
import { Segments, SelectInput, Toggle } from '../../ui/field.tsx';
import { NumberSetting } from './number-setting.tsx';
import type { ChangeSettings } from './use-settings.ts';

/** One setting. */
export interface SettingEntry {
  key: keyof Settings;
  /** The same control may help in two places. */
  sections: readonly SettingsSection[];
  group: string;
  label: string;
  help?: string;
  /** Other words that people look for it with. */
  words?: string;
  /** Makes no sense with the other settings as they are. */
  isHidden?: (settings: Settings) => boolean;
  control: (settings: Settings, change: ChangeSettings) => ReactNode;
}

type Keys<V> = { [K in keyof Settings]: Settings[K] extends V ? K : never }[keyof Settings];
type Place = Pick<SettingEntry, 'sections' | 'group' | 'label' | 'help' | 'isHidden' | 'words'>;

function toggle(key: Keys<boolean>, place: Place): SettingEntry {
  return {
    key,
    ...place,
    control: (settings, change) => (
      <Toggle
        label={place.label}
        help={place.help}
        checked={settings[key]}
        onChange={(value) => change({ [key]: value })}
      />
    ),
  };
}

/** A choice that is always visible as a whole. */
function segments<K extends Keys<string>>(
  key: K,
  labels: Readonly<Record<Settings[K], string>>,
  place: Place,
): SettingEntry {
  return {
    key,
    ...place,
    control: (settings, change) => (
      <Segments
        label={place.label}
        value={settings[key] as string}
        options={optionsOf(labels)}
        onChange={(value) => change({ [key]: value })}
      />
    ),
  };
}

function select<K extends Keys<string>>(
  key: K,
  labels: Readonly<Record<Settings[K], string>>,
  place: Place,
): SettingEntry {
  return {
    key,
    ...place,
    control: (settings, change) => (
      <SelectInput
        label={place.label}
        help={place.help}
        value={settings[key] as string}
        options={optionsOf(labels)}
        onChange={(value) => change({ [key]: value })}
      />
    ),
  };
}

function number(
  key: Keys<number>,
  limits: { min: number; max: number; step?: number; unit?: string },
  place: Place,
): SettingEntry {
  return {
    key,
    ...place,
    control: (settings, change) => (
      <NumberSetting
        label={place.label}
        value={settings[key]}
        {...limits}
        onChange={(value) => change({ [key]: value })}
      />
    ),
  };
}

function optionsOf(labels: Readonly<Record<string, string>>): { value: string; label: string }[] {
  return Object.entries(labels).map(([value, label]) => ({ value, label }));
}

/** All of them, in the order in which they are shown. */
export const settingEntries: readonly SettingEntry[] = [
  select('quitSessions', words.quits, {
    sections: ['general'],
    group: words.quit,
    label: words.quitSessions,
    help: words.quitSessionsHelp,
  }),
  toggle('closeToTray', {
    sections: ['general'],
    group: words.window,
    label: words.closeToTray,
    help: words.closeToTrayHelp,
  }),

  segments('theme', words.themes, { sections: ['appearance'], group: words.colours, label: words.theme }),
  segments('contrast', words.contrasts, {
    sections: ['appearance', 'accessibility'],
    group: words.colours,
    label: words.contrast,
    help: words.contrastHelp,
  }),
  segments('density', words.densities, {
    sections: ['appearance'],
    group: words.sizes,
    label: words.density,
  }),
  number(
    'fontSize',
    { min: 11, max: 20, unit: 'px' },
    { sections: ['appearance'], group: words.sizes, label: words.fontSize, words: words.fontWords },
  ),
  number(
    'codeFontSize',
    { min: 10, max: 24, unit: 'px' },
    { sections: ['appearance'], group: words.sizes, label: words.codeFontSize, words: words.fontWords },
  ),
  toggle('wrapOutput', { sections: ['appearance'], group: words.output, label: words.wrapOutput }),

  number(
    'terminalFontSize',
    { min: 8, max: 32, unit: 'px' },
    {
      sections: ['terminal'],
      group: words.terminalLook,
      label: words.terminalFontSize,
      words: words.fontWords,
    },
  ),
  segments('terminalCursor', words.terminalCursors, {
    sections: ['terminal'],
    group: words.terminalLook,
    label: words.terminalCursor,
  }),
  toggle('terminalBlink', { sections: ['terminal'], group: words.terminalLook, label: words.terminalBlink }),
  number(
    'terminalScrollback',
    { min: 100, max: 100_000, step: 100 },
    { sections: ['terminal'], group: words.terminalUse, label: words.terminalScrollback },
  ),
  toggle('terminalCopyOnSelect', {
    sections: ['terminal'],
    group: words.terminalUse,
    label: words.terminalCopyOnSelect,
  }),

  toggle('notifyFinished', {
    sections: ['notifications'],
    group: words.sections.notifications,
    label: words.notifyFinished,
  }),
  number(
    'notifyAfterSeconds',
    { min: 1, max: 86_400, unit: words.seconds },
    {
      sections: ['notifications'],
      group: words.sections.notifications,
      label: words.notifyAfter,
      isHidden: ({ notifyFinished }) => !notifyFinished,
    },
  ),
  toggle('notifyQuestion', {
    sections: ['notifications'],
    group: words.sections.notifications,
    label: words.notifyQuestion,
  }),
  toggle('notifyLost', {
    sections: ['notifications'],
    group: words.sections.notifications,
    label: words.notifyLost,
  }),
  toggle('notifyEnding', {
    sections: ['notifications'],
    group: words.sections.notifications,
    label: words.notifyEnding,
  }),
  toggle('notifySync', {
    sections: ['notifications'],
    group: words.sections.notifications,
    label: words.notifySync,
  }),

  select('announce', words.announces, {
    sections: ['accessibility'],
    group: words.reader,
    label: words.announce,
    help: words.announceHelp,
  }),
  select('terminalReader', words.terminalReaders, {
    sections: ['accessibility', 'terminal'],
    group: words.reader,
    label: words.terminalReader,
    help: words.terminalReaderHelp,
  }),
  segments('motion', words.motions, {
    sections: ['accessibility'],
    group: words.seeing,
    label: words.motion,
  }),
];

/** Settings without a control here: the keyboard has its own page, the rest is remembered by the window. */
export const settingsElsewhere: readonly (keyof Settings)[] = ['shortcuts', 'layout', 'recentActions'];

/** The entries that `query` names: every word of it, in the label, the group, the help or the section. */
export function findSettings(query: string): SettingEntry[] {
  const tokens = query.toLowerCase().split(/\s+/).filter(Boolean);
  return settingEntries.filter((entry) => {
    const names = entry.sections.map((section) => words.sections[section]);
    const text = [entry.label, entry.group, entry.help, entry.words, ...names].join(' ').toLowerCase();
    return tokens.every((token) => text.includes(token));
  });
}
