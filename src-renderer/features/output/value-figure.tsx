/** The frame of a rich value: what it is, the forms it has, and what can be done with it. */
import { Check, Copy, Download } from 'lucide-react';
import type { ReactNode } from 'react';
import { useApp } from '../../app/app-context.tsx';
import { outputMessages as words } from '../../messages/output.ts';
import { Button } from '../../ui/button.tsx';
import { Select } from '../../ui/field.tsx';
import styles from './output.module.css';
import { useCopy } from './use-copy.ts';

/** Which stored value something is drawn from. */
export interface ValueSource {
  executionId: string;
  seq: number;
}

/** One of the forms that a value has. */
export interface ValueForm {
  id: string;
  label: string;
}

/** The choice between forms; null where there is nothing to choose. */
export interface FormChoice {
  forms: readonly ValueForm[];
  shown: string;
  onShow: (id: string) => void;
}

/** `actions` come after the choice of the form. */
export function ValueFigure({
  choice,
  caption,
  actions,
  children,
}: {
  choice: FormChoice | null;
  caption?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}) {
  return (
    <figure className={styles.figure}>
      {children}
      {(choice || caption || actions) && (
        <figcaption className={styles.caption}>
          {caption !== undefined && <span className={styles.captionText}>{caption}</span>}
          {choice && choice.forms.length > 1 && (
            <Select
              aria-label={words.shownAs}
              value={choice.shown}
              options={choice.forms.map(({ id, label }) => ({ value: id, label }))}
              onChange={choice.onShow}
            />
          )}
          {actions}
        </figcaption>
      )}
    </figure>
  );
}

/** Copies what `text` gives. */
export function CopyValue({ text, label = words.copy }: { text: () => string; label?: string }) {
  const [copied, copy] = useCopy();
  const Icon = copied ? Check : Copy;
  return (
    <Button look="quiet" icon={<Icon size={14} aria-hidden />} onPress={() => void copy(text())}>
      {copied ? words.copied : label}
    </Button>
  );
}

/** Saves the form `type` of a stored value where the person says. */
export function SaveValue({
  source,
  type,
  label = words.save,
}: {
  source: ValueSource | null;
  type: string;
  label?: string;
}) {
  const { actions, announcer } = useApp();
  if (!source) return null;
  const save = async () => {
    const saved = await actions.attempt('executions.saveValue', { ...source, type });
    if (saved) announcer.say('saved', words.saved(saved.fileName));
  };
  return (
    <Button look="quiet" icon={<Download size={14} aria-hidden />} onPress={() => void save()}>
      {label}
    </Button>
  );
}
