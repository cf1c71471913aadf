/** The bridge as the window has it: for what a journey needs but is not about. */
import type { Page } from 'playwright-core';
import type { SpecboardApi } from '../../../src-shared/contract/api.ts';
import type { DriverType } from '../../../src-shared/domain/driver-manifest.ts';
import type { Execution, StoredOutput } from '../../../src-shared/domain/execution.ts';
import type { JsonObject } from '../../../src-shared/domain/json.ts';
import type { Status } from '../../../src-shared/domain/status.ts';
import type { E2bServer } from '../e2b-server/server.ts';

/** The page's `window`, where the preload has put the bridge. */
type WithBridge = { specboard: SpecboardApi };

/** The status as the window gets it. */
export async function statusOf(page: Page): Promise<Status> {
  return page.evaluate(async () => {
    const { specboard } = window as unknown as WithBridge;
    const reply = await specboard.status({});
    if (!reply.ok) throw new Error(reply.error.message);
    return reply.value;
  });
}

/** Makes a profile of `driverType`; settings that are left out take their defaults. Gives its id. */
export async function createProfile(
  page: Page,
  profile: { name: string; driverType: DriverType; settings?: JsonObject; isDefault?: boolean },
): Promise<string> {
  // As text: Playwright's types go round for ever in JSON's.
  const settings = JSON.stringify(profile.settings ?? {});
  const { name, driverType, isDefault = false } = profile;
  const input = { name, driverType, isDefault, settings };
  return page.evaluate(async ({ settings: given, ...rest }) => {
    const { specboard } = window as unknown as WithBridge;
    const manifests = await specboard.drivers.list({});
    if (!manifests.ok) throw new Error(manifests.error.message);
    const defaults = manifests.value.find(({ type }) => type === rest.driverType)?.defaults;
    const reply = await specboard.profiles.create({
      ...rest,
      settings: { ...defaults, ...JSON.parse(given) },
    });
    if (!reply.ok) throw new Error(`${reply.error.message} ${JSON.stringify(reply.error.fields ?? {})}`);
    return reply.value.id;
  }, input);
}

/** An E2B profile for the test server, with its key kept for this session only. Gives its id. */
export async function createE2bProfile(page: Page, name: string, server: E2bServer): Promise<string> {
  const profileId = await createProfile(page, {
    name,
    driverType: 'e2b',
    settings: { apiUrl: server.url, sandboxUrl: server.url },
  });
  await setKey(page, profileId, server.apiKey, true);
  return profileId;
}

/** Stores the API key of an E2B profile: in the keyring, or for this session only. */
export async function setKey(
  page: Page,
  profileId: string,
  apiKey: string,
  sessionOnly: boolean,
): Promise<void> {
  await page.evaluate(
    async (input) => {
      const { specboard } = window as unknown as WithBridge;
      const reply = await specboard.credentials.set({
        profileId: input.profileId,
        values: { apiKey: input.apiKey },
        sessionOnly: input.sessionOnly,
      });
      if (!reply.ok) throw new Error(reply.error.message);
    },
    { profileId, apiKey, sessionOnly },
  );
}

/** All executions that are stored, newest first. */
export function storedExecutions(page: Page): Promise<Execution[]> {
  return page.evaluate(async () => {
    const { specboard } = window as unknown as WithBridge;
    const reply = await specboard.executions.list({});
    if (!reply.ok) throw new Error(reply.error.message);
    return reply.value;
  });
}

/** Everything that is stored of an execution: whether the numbers have a gap, and the text of both streams in order. */
export async function storedOutput(
  page: Page,
  executionId: string,
): Promise<{ seqs: number[]; text: string; events: StoredOutput['event']['type'][] }> {
  return page.evaluate(async (id) => {
    const { specboard } = window as unknown as WithBridge;
    const decoder = new TextDecoder();
    const found = { seqs: [] as number[], text: '', events: [] as StoredOutput['event']['type'][] };
    for (let fromSeq: number | null = 0; fromSeq !== null; ) {
      const reply = await specboard.executions.output({
        executionId: id,
        fromSeq,
        maxBytes: 1_048_576,
      });
      if (!reply.ok) throw new Error(reply.error.message);
      for (const { seq, event } of reply.value.items) {
        found.seqs.push(seq);
        found.events.push(event.type);
        if (event.type === 'text') found.text += decoder.decode(event.bytes, { stream: true });
      }
      fromSeq = reply.value.next;
    }
    return found;
  }, executionId);
}
