/**
 * What is different where an execution is to run again, as far as it is known before: from profiles, sessions and the code.
 * Nothing is connected and nothing is started for it.
 */
import { isSpecboardError, SpecboardError } from '../../../src-shared/contract/errors.ts';
import type { Difference } from '../../../src-shared/contract/history-operations.ts';
import type { DriverManifest, DriverType } from '../../../src-shared/domain/driver-manifest.ts';
import type { Execution } from '../../../src-shared/domain/execution.ts';
import type { Json, JsonObject } from '../../../src-shared/domain/json.ts';
import { parseSecretPairs } from '../../../src-shared/domain/secret-pairs.ts';
import { isEnded, type Session } from '../../../src-shared/domain/session.ts';
import type { Database } from '../../db/connection.ts';
import type { StoredProfile } from '../../db/repositories/profiles.ts';
import type { CredentialsService } from '../credentials.ts';
import type { FilesService } from '../files.ts';
import { namedFiles } from './named-files.ts';

/** Where it is to run. */
export type PreflightTarget = { sessionId: string } | { profileId: string };

/** What the service needs. */
export interface PreflightDependencies {
  db: Database;
  credentials: Pick<CredentialsService, 'resolve'>;
  files: Pick<FilesService, 'stat'>;
  manifest: (type: DriverType) => DriverManifest;
  /** A session of this process, as it is now. */
  session: (id: string) => Session | undefined;
}

interface Side {
  driverType: DriverType;
  session: Session | null;
  profile: StoredProfile | null;
}

/** A person waits for the sheet: who has not answered by then is "not known". */
const deadlineMs = 4_000;

/** Keys of settings by what they say, whichever driver has them. */
const keys = {
  interpreter: ['image', 'template', 'snapshot', 'python'],
  folder: ['workingFolder', 'folder'],
  network: ['network', 'allowInternet'],
} as const;

/** See the file's first lines. */
export class PreflightService {
  readonly #deps: PreflightDependencies;

  constructor(deps: PreflightDependencies) {
    this.#deps = deps;
  }

  /** Compares where it ran with where it is to run. Throws `not-found`. */
  async compare(executionId: string, target: PreflightTarget): Promise<{ differences: Difference[] }> {
    const execution = this.#deps.db.executions.get(executionId);
    if (!execution) throw new SpecboardError('not-found', 'There is no such execution.');
    const from = this.#sideOf(execution.sessionId);
    const to = 'sessionId' in target ? this.#sideOf(target.sessionId) : this.#profileSide(target.profileId);
    const signal = AbortSignal.timeout(deadlineMs);
    const [variables, files] = await Promise.all([
      this.#variables(from, to),
      this.#files(execution, from, to, signal),
    ]);
    const isSame = from.session?.id !== undefined && from.session.id === to.session?.id;
    return {
      differences: [
        ...this.#values(from, to),
        ...variables,
        ...files,
        ...(isSame ? [] : [{ topic: 'fresh' as const }]),
      ],
    };
  }

  #sideOf(sessionId: string): Side {
    const session = this.#deps.session(sessionId) ?? this.#deps.db.sessions.get(sessionId);
    if (!session) throw new SpecboardError('not-found', 'There is no such session.');
    const profile = this.#deps.db.profiles.get(session.profileId) ?? null;
    return { driverType: session.driverType, session, profile };
  }

  #profileSide(profileId: string): Side {
    const profile = this.#deps.db.profiles.get(profileId);
    if (!profile) throw new SpecboardError('not-found', 'That profile is no longer there.');
    return { driverType: profile.driverType, session: null, profile };
  }

  #values(from: Side, to: Side): Difference[] {
    const pairs = [
      ['driver', this.#deps.manifest(from.driverType).label, this.#deps.manifest(to.driverType).label],
      ['isolation', from.session?.isolation ?? null, to.session?.isolation ?? null],
      ['interpreter', this.#interpreter(from), this.#interpreter(to)],
      ['folder', this.#setting(from, keys.folder), this.#setting(to, keys.folder)],
      ['network', this.#setting(from, keys.network), this.#setting(to, keys.network)],
    ] as const;
    return pairs.flatMap(([topic, before, after]): Difference[] => {
      // What is only known once it is connected is no difference yet.
      if (topic === 'isolation' && (before === null || after === null)) return [];
      return before === after ? [] : [{ topic, from: before, to: after }];
    });
  }

  /** What a session has found out, else what its profile asks for. */
  #interpreter(side: Side): string | null {
    const python = side.session?.metadata.python;
    const base = this.#setting(side, keys.interpreter);
    const version = typeof python === 'string' && python !== base ? `Python ${python}` : null;
    return [base, version].filter((part) => part !== null).join(', ') || null;
  }

  #setting({ driverType, profile, session }: Side, wanted: readonly string[]): string | null {
    const manifest = this.#deps.manifest(driverType);
    const settings: JsonObject = { ...manifest.defaults, ...profile?.settings };
    for (const key of wanted) {
      const field = manifest.fields.find((candidate) => candidate.key === key);
      if (!field) continue;
      const known = session?.metadata[key];
      const value: Json | undefined = typeof known === 'string' && known !== '' ? known : settings[key];
      if (typeof value === 'boolean') return value ? 'on' : 'off';
      if (typeof value !== 'string' || value === '') continue;
      if (field.kind !== 'choice') return value;
      return field.options.find((option) => option.value === value)?.label ?? value;
    }
    return null;
  }

  async #variables(from: Side, to: Side): Promise<Difference[]> {
    const [before, after] = await Promise.all([this.#variableNames(from), this.#variableNames(to)]);
    const missing = [...before].filter((name) => !after.has(name)).sort();
    const added = [...after].filter((name) => !before.has(name)).sort();
    return missing.length + added.length === 0 ? [] : [{ topic: 'variables', missing, added }];
  }

  /** Names only. A keyring that is locked is not opened for this. */
  async #variableNames({ driverType, profile }: Side): Promise<Set<string>> {
    const names = new Set<string>();
    if (!profile) return names;
    const { environment } = profile.settings;
    if (typeof environment === 'object' && environment !== null && !Array.isArray(environment)) {
      for (const name of Object.keys(environment)) names.add(name);
    }
    const secretFields = this.#deps
      .manifest(driverType)
      .credentials.filter(({ format }) => format === 'pairs');
    if (secretFields.length === 0) return names;
    const values = await this.#deps.credentials.resolve(profile, { interactive: false }).catch(() => null);
    for (const { name } of secretFields) {
      for (const key of Object.keys(parseSecretPairs(values?.[name] ?? '').pairs)) names.add(key);
    }
    return names;
  }

  async #files(execution: Execution, from: Side, to: Side, signal: AbortSignal): Promise<Difference[]> {
    if (from.session && from.session.id === to.session?.id) return [];
    const named = namedFiles(execution.code, execution.language);
    if (named.length === 0) return [];
    const states = await Promise.all(
      named.map(async (path) => ({
        path,
        before: await this.#isThere(from.session, path, signal),
        after: await this.#isThere(to.session, path, signal),
      })),
    );
    // A file that was not there before either is one that the code makes.
    const concerned = states.filter(({ before }) => before !== false);
    const missing = concerned.filter(({ after }) => after === false).map(({ path }) => path);
    const unknown = concerned.filter(({ after }) => after === null).map(({ path }) => path);
    return missing.length + unknown.length === 0 ? [] : [{ topic: 'files', missing, unknown }];
  }

  /** Null where it is not known. */
  async #isThere(session: Session | null, path: string, signal: AbortSignal): Promise<boolean | null> {
    if (!session || isEnded(session) || session.status !== 'active') return null;
    try {
      await this.#deps.files.stat(session.id, path, signal);
      return true;
    } catch (error) {
      return isSpecboardError(error) && error.code === 'not-found' ? false : null;
    }
  }
}
