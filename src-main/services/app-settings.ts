/** The application's own settings: read once, checked, stored on change, shown in the status. */

import type { Json } from '../../src-shared/domain/json.ts';
import {
  type Settings,
  type SettingsPatch,
  settingsPatchSchema,
  settingsSchema,
} from '../../src-shared/domain/settings.ts';
import { parseSettings } from './parse-settings.ts';
import type { StatusHub } from './status-hub.ts';

/** Where settings are kept. */
export interface SettingsStore {
  get(key: string): Json | undefined;
  set(key: string, value: Json): void;
}

const key = 'app';

/** Reads the stored settings; what is missing or no longer valid takes its default, so that an old file never blocks a start. */
export function readSettings(store: SettingsStore): Settings {
  const stored = store.get(key);
  const parsed = settingsSchema.safeParse(stored ?? {});
  if (parsed.success) return parsed.data;
  const bad = new Set(parsed.error.issues.map((issue) => String(issue.path[0] ?? '')));
  const good = Object.entries(stored !== null && typeof stored === 'object' ? stored : {});
  const kept = settingsSchema.safeParse(
    Object.fromEntries(good.filter(([name]) => !bad.has(name) && name in settingsSchema.shape)),
  );
  return kept.success ? kept.data : settingsSchema.parse({});
}

/** Changes settings. */
export class SettingsService {
  readonly #store: SettingsStore;
  readonly #hub: StatusHub;

  constructor(store: SettingsStore, hub: StatusHub) {
    this.#store = store;
    this.#hub = hub;
  }

  /** The settings now. */
  get(): Settings {
    return this.#hub.current.settings;
  }

  /** Changes some settings and stores all; throws `invalid`. */
  update(patch: SettingsPatch): Settings {
    const checked = parseSettings(settingsPatchSchema, patch, 'The settings');
    const next = settingsSchema.parse({ ...this.get(), ...checked });
    this.#store.set(key, next);
    this.#hub.update({ settings: next });
    return next;
  }
}
