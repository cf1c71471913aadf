/** Facts of a session as rows of label and value, out of the session, its profile and its driver's manifest. Pure. */
import type { DriverManifest, Field } from '../../../src-shared/domain/driver-manifest.ts';
import type { JsonObject } from '../../../src-shared/domain/json.ts';
import { isEnded, type Session } from '../../../src-shared/domain/session.ts';
import { formatWhen } from '../../messages/format.ts';
import { inspectorMessages as words } from '../../messages/inspector.ts';
import { keepWords, sessionMessages } from '../../messages/session.ts';

/** A row. `mono`: an id or a path; `copy`: worth a button. */
export interface Fact {
  id: string;
  label: string;
  value: string;
  help?: string;
  mono?: boolean;
  copy?: boolean;
}

/** See the head of the file. */
export interface SessionFacts {
  facts: Fact[];
  limits: Fact[];
  /** Ports that the profile names. */
  ports: number[];
}

/** What drivers tell of their sandbox, in the order in which it is shown. */
const told = ['image', 'template', 'snapshot', 'target', 'engine', 'domain'] as const;

/** `settings` are those of the profile, null where it was deleted. */
export function sessionFacts(
  session: Session,
  settings: JsonObject | null,
  manifest: DriverManifest | undefined,
  now: number,
): SessionFacts {
  const { metadata, isolation } = session;
  const facts: Fact[] = [{ id: 'driver', label: words.driver, value: manifest?.label ?? session.driverType }];
  for (const key of told) {
    const value = metadata[key];
    if (typeof value === 'string' && value !== '') {
      facts.push({ id: key, label: words[key], value, mono: true });
    }
  }
  if (typeof metadata.sandboxId === 'string') {
    facts.push({ id: 'sandbox', label: words.sandboxId, value: metadata.sandboxId, mono: true, copy: true });
  }
  if (isolation !== null) {
    facts.push({
      id: 'isolation',
      label: words.isolation,
      value: sessionMessages.isolation[isolation],
      help: sessionMessages.isolationHelp[isolation],
    });
  }
  const folder = settings?.workingFolder ?? settings?.folder;
  if (typeof folder === 'string' && folder !== '') {
    facts.push({ id: 'folder', label: words.folder, value: folder, mono: true, copy: true });
  }
  facts.push({ id: 'started', label: words.started, value: formatWhen(session.startedAt, now) });
  if (session.endedAt !== null) {
    facts.push({ id: 'ended', label: words.ended, value: formatWhen(session.endedAt, now) });
  } else if (session.endsAt !== null) {
    facts.push({ id: 'ends', label: words.ends, value: formatWhen(session.endsAt, now) });
  }
  facts.push({ id: 'activity', label: words.lastActivity, value: formatWhen(session.lastActivity, now) });
  if (session.keep !== null && !isEnded(session)) {
    const value = metadata.foreign === true ? words.foreign : keepWords(manifest, session.keep).label;
    facts.push({ id: 'keep', label: words.onDisconnect, value });
  }
  return { facts, limits: limitsOf(settings, manifest?.fields ?? []), ports: portsOf(settings) };
}

/** Numbers of the profile that bound the sandbox: what has a unit, or is grouped as limits. */
function limitsOf(settings: JsonObject | null, fields: readonly Field[]): Fact[] {
  return fields.flatMap((field): Fact[] => {
    const value = settings?.[field.key];
    if (field.kind !== 'number' || typeof value !== 'number') return [];
    const text = new Intl.NumberFormat().format(value);
    const shown = field.unit === undefined ? text : words.withUnit(text, field.unit);
    return [{ id: field.key, label: field.label, value: shown }];
  });
}

/** "8000" or "8080:8000": the last number is the sandbox's. */
function portsOf(settings: JsonObject | null): number[] {
  const { ports } = settings ?? {};
  if (!Array.isArray(ports)) return [];
  const numbers = ports.map((text) => Number(/(\d+)(?:\/\w+)?$/.exec(String(text))?.[1]));
  return [...new Set(numbers.filter((port) => port >= 1 && port <= 65_535))];
}
