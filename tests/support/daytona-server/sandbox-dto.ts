// Sandboxes as the control plane shows them.
import type { Sandbox } from './sandbox.ts';

/** The daemon version that is reported. */
export const DAEMON_VERSION = '0.190.0';

/** One sandbox in a list: without environment, network and volumes. */
export function listItem(sandbox: Sandbox): Record<string, unknown> {
  const { spec, intervals } = sandbox;
  const time = (at: number) => new Date(at).toISOString();
  return {
    id: spec.id,
    organizationId: spec.organizationId,
    name: sandbox.name,
    ...(spec.snapshot === undefined ? {} : { snapshot: spec.snapshot }),
    user: spec.user,
    labels: sandbox.labels,
    public: sandbox.isPublic,
    target: spec.target,
    cpu: spec.size.cpu,
    gpu: 0,
    memory: spec.size.memory,
    disk: spec.size.disk,
    state: sandbox.state,
    desiredState: sandbox.desiredState,
    ...(sandbox.errorReason === undefined ? {} : { errorReason: sandbox.errorReason }),
    recoverable: sandbox.recoverable,
    backupState: sandbox.state === 'archived' ? 'Completed' : 'None',
    autoStopInterval: intervals.autoStop,
    autoPauseInterval: intervals.autoPause,
    autoArchiveInterval: intervals.autoArchive,
    autoDeleteInterval: intervals.autoDelete,
    ...(sandbox.destroyAt === undefined ? {} : { autoDestroyAt: time(sandbox.destroyAt) }),
    createdAt: time(sandbox.createdAt),
    updatedAt: time(sandbox.updatedAt),
    lastActivityAt: time(sandbox.lastActivityAt),
    sandboxClass: 'container',
    daemonVersion: DAEMON_VERSION,
    toolboxProxyUrl: spec.toolboxUrl,
  };
}

/** Everything about one sandbox. */
export function sandboxDto(sandbox: Sandbox): Record<string, unknown> {
  const { spec } = sandbox;
  return {
    ...listItem(sandbox),
    env: sandbox.env,
    networkBlockAll: spec.network.blockAll,
    ...(spec.network.allowList === undefined ? {} : { networkAllowList: spec.network.allowList }),
    ...(spec.network.domains === undefined ? {} : { domainAllowList: spec.network.domains }),
    volumes: spec.volumes,
    ...(spec.dockerfile === undefined
      ? {}
      : { buildInfo: { dockerfileContent: spec.dockerfile, snapshotRef: `image-${spec.id}` } }),
  };
}
