/** Which rows of the tree are open. Sections are remembered; profiles start open, accounts closed until somebody asks. */
import { useState } from 'react';
import { useApp } from '../../app/app-context.tsx';
import type { SidebarModel } from './sidebar-model.ts';

const sections = ['sessions', 'profiles', 'elsewhere'];

/** See the head of the file. Opening an account asks what runs there. */
export function useOpenRows(model: SidebarModel): {
  open: string[];
  setOpen: (ids: readonly string[]) => void;
  toggle: (id: string) => void;
} {
  const { layout, elsewhere } = useApp();
  const [closed, setClosed] = useState<ReadonlySet<string>>(
    () => new Set(sections.filter((id) => layout.get(`closed.${id}`, 0) === 1)),
  );
  const [accounts, setAccounts] = useState<ReadonlySet<string>>(() => new Set());
  const usual = [...sections, ...model.groups.map(({ profileId }) => `group:${profileId}`)];
  const open = [...usual.filter((id) => !closed.has(id)), ...accounts];
  const setOpen = (ids: readonly string[]) => {
    const now = new Set(ids);
    setClosed(new Set(usual.filter((id) => !now.has(id))));
    for (const id of sections) layout.set(`closed.${id}`, now.has(id) ? 0 : 1);
    const opened = model.accounts.filter(({ profileId }) => now.has(`account:${profileId}`));
    for (const { profileId } of opened) {
      if (!accounts.has(`account:${profileId}`)) void elsewhere.look(profileId);
    }
    setAccounts(new Set(opened.map(({ profileId }) => `account:${profileId}`)));
  };
  return {
    open,
    setOpen,
    toggle: (id) => setOpen(open.includes(id) ? open.filter((one) => one !== id) : [...open, id]),
  };
}
