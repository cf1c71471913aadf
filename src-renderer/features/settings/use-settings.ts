/** The settings as the person sees them: what they just chose at once, what is stored as soon as main has answered. */
import { useState } from 'react';
import type { Settings, SettingsPatch } from '../../../src-shared/domain/settings.ts';
import { useApp, useStatus } from '../../app/app-context.tsx';

/** Changes some settings; saved at once. */
export type ChangeSettings = (patch: SettingsPatch) => void;

/** Null before the first status. */
export function useSettings(): { settings: Settings | null; change: ChangeSettings } {
  const { actions } = useApp();
  const saved = useStatus(({ status }) => status?.settings ?? null);
  const [pending, setPending] = useState<SettingsPatch>({});
  const change = async (patch: SettingsPatch) => {
    setPending((before) => ({ ...before, ...patch }));
    await actions.attempt('settings.update', patch);
    setPending((before) => without(before, patch));
  };
  return {
    settings: saved ? ({ ...saved, ...pending } as Settings) : null,
    change: (patch) => void change(patch),
  };
}

/** `pending` without what `done` has stored, unless something else was chosen meanwhile. */
function without(pending: SettingsPatch, done: SettingsPatch): SettingsPatch {
  const entries = Object.entries(pending) as [keyof SettingsPatch, unknown][];
  return Object.fromEntries(entries.filter(([key, value]) => !(key in done) || done[key] !== value));
}
