/** A text field whose driver knows values worth offering. They are asked for when the person comes here, and never waited for. */
import { useRef, useState } from 'react';
import { toProblem } from '../../../src-shared/contract/errors.ts';
import type { DriverType, Field } from '../../../src-shared/domain/driver-manifest.ts';
import type { JsonObject } from '../../../src-shared/domain/json.ts';
import { useApp } from '../../app/app-context.tsx';
import { profileMessages as words } from '../../messages/profile.ts';
import { ComboInput } from '../../ui/combo-box.tsx';

/** What suggestions depend on, besides the field. */
export interface SuggestionSource {
  driverType: DriverType;
  /** Whose keys may be used; null before it is saved. */
  profileId: string | null;
  /** The form's settings as they are now. */
  settings: () => JsonObject;
}

/** See the head of the file. */
export function SuggestedInput({
  field,
  value,
  error,
  source,
  onChange,
}: {
  field: Field & { kind: 'text' };
  value: string;
  error: string | undefined;
  source: SuggestionSource;
  onChange: (value: string) => void;
}) {
  const { offered, empty, load } = useSuggestions(field.key, source);
  return (
    <ComboInput
      label={field.label}
      help={field.help}
      error={error}
      value={value}
      placeholder={field.placeholder}
      offered={offered}
      empty={empty}
      showLabel={words.showOffers}
      onChange={onChange}
      onOpen={load}
    />
  );
}

function useSuggestions(key: string, { driverType, profileId, settings }: SuggestionSource) {
  const { bridge } = useApp();
  const [state, setState] = useState<{ offered: readonly string[]; empty: string }>({
    offered: [],
    empty: words.noOffers,
  });
  /** Of what the last question was about: the same one is not asked again while it is open or was answered. */
  const asked = useRef('');
  const load = () => {
    const about = { driverType, profileId, settings: without(settings(), key), key };
    const question = JSON.stringify(about);
    if (question === asked.current) return;
    asked.current = question;
    setState(({ offered }) => ({ offered, empty: words.offersLoading }));
    bridge.call('profiles.suggest', about).then(
      (offered) => {
        if (asked.current === question) setState({ offered, empty: words.noOffers });
      },
      (error: unknown) => {
        if (asked.current !== question) return;
        asked.current = '';
        setState({ offered: [], empty: words.offersFailed(toProblem(error).message) });
      },
    );
  };
  return { ...state, load };
}

/** What is being typed into the field itself changes nothing about what is offered. */
function without(settings: JsonObject, key: string): JsonObject {
  const { [key]: _typed, ...others } = settings;
  return others;
}
