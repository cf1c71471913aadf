/** A sandbox of the account as the rest of SpecBoard knows it. */
import type { RemoteSandbox } from '../driver.ts';
import { installationKey, sessionKey } from './control-plane.ts';
import type { SdkSandboxInfo } from './sdk.ts';

/** The session's id only for sandboxes of this installation: another one's ids mean nothing here. */
export function remoteSandbox(info: SdkSandboxInfo, installationId: string): RemoteSandbox {
  const owner = info.metadata[installationKey] ?? null;
  return {
    sandboxId: info.sandboxId,
    name: info.metadata.specboardProfile || info.name || info.templateId,
    state: info.state === 'running' || info.state === 'paused' ? info.state : 'unknown',
    startedAt: info.startedAt.getTime(),
    endsAt: info.endAt.getTime(),
    sessionId: owner === installationId ? (info.metadata[sessionKey] ?? null) : null,
    installationId: owner,
  };
}
