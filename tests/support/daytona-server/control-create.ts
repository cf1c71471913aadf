// Creating a sandbox: from a snapshot or an image, within the organization's limits.
import { randomUUID } from 'node:crypto';
import { number, record, strings, text } from '../vendor-server/json.ts';
import { type ControlCall, fateOf, toolboxUrl } from './control-call.ts';
import { ApiError } from './errors.ts';
import { quotaMessage } from './faults.ts';
import { USER } from './home.ts';
import type { Quota, SnapshotOptions } from './options.ts';
import { Sandbox, type SandboxState } from './sandbox.ts';
import { sandboxDto } from './sandbox-dto.ts';

const DEFAULT_SIZE: Quota = { cpu: 1, memory: 1, disk: 3 };
const MINUTE = 60_000;
const NAMES = { cpu: 'CPU', memory: 'memory', disk: 'disk' } as const;
/** States in which processors and memory are not used. */
const AT_REST: ReadonlySet<SandboxState> = new Set([
  'stopped',
  'archived',
  'error',
  'build_failed',
  'destroying',
]);

/** Serve POST /sandbox. Throws ApiError. */
export function createSandbox(call: ControlCall): void {
  const { exchange, store, body, options } = call;
  if (store.closed) throw new ApiError(503, 'The server is closing');
  const target = text(body.target) ?? options.targets[0] ?? '';
  if (!options.targets.includes(target)) throw new ApiError(404, `Region ${target} not found`);
  const name = text(body.name);
  if (name !== undefined && store.find(name, call.organization.id))
    throw new ApiError(409, `Sandbox with name ${name} already exists`);
  const dockerfile = text(record(body.buildInfo).dockerfileContent);
  const snapshot = dockerfile === undefined ? snapshotOf(call) : undefined;
  const size = sizeOf(call, snapshot?.size ?? DEFAULT_SIZE);
  const ttl = number(body.ttlMinutes) ?? 0;
  const sandbox = new Sandbox(
    {
      id: randomUUID(),
      organizationId: call.organization.id,
      snapshot: snapshot?.name,
      dockerfile,
      target,
      size,
      user: text(body.user) ?? USER,
      network: {
        blockAll: body.networkBlockAll === true,
        allowList: text(body.networkAllowList),
        domains: text(body.domainAllowList),
      },
      volumes: Array.isArray(body.volumes) ? body.volumes : [],
      toolboxUrl: exchange.effect('toolbox-elsewhere')
        ? 'http://127.0.0.1:1/toolbox'
        : toolboxUrl(call.origin),
    },
    {
      name,
      labels: strings(body.labels),
      env: strings(body.env),
      isPublic: body.public === true,
      intervals: {
        autoStop: number(body.autoStopInterval) ?? 15,
        autoPause: number(body.autoPauseInterval) ?? 0,
        autoArchive: number(body.autoArchiveInterval) ?? 7 * 24 * 60,
        autoDelete: number(body.autoDeleteInterval) ?? -1,
      },
    },
    call.settings,
  );
  if (ttl > 0) sandbox.destroyAt = sandbox.createdAt + ttl * MINUTE;
  const fate = fateOf(exchange);
  // An image is built first; the SDK shows the state pending_build as one to wait in.
  const building = dockerfile !== undefined && fate.via === undefined;
  store.add(
    sandbox,
    building ? { ...fate, via: ['building_snapshot', 'creating'] } : fate,
    building ? 'pending_build' : 'creating',
  );
  exchange.json(200, sandboxDto(sandbox));
}

function snapshotOf({ body, options }: ControlCall): Required<SnapshotOptions> {
  const wanted = text(body.snapshot) ?? options.snapshots[0]?.name;
  const found = options.snapshots.find(({ name }) => name === wanted);
  if (!found)
    throw new ApiError(400, `Snapshot ${wanted} not found. Did you add it through the Daytona Dashboard?`);
  if (found.state !== 'active') throw new ApiError(400, `Snapshot ${found.name} is ${found.state}`);
  return found;
}

/** The size asked for, when the organization has so much left. */
function sizeOf({ organization, store, body }: ControlCall, usual: Quota): Quota {
  const size: Quota = {
    cpu: number(body.cpu) ?? usual.cpu,
    memory: number(body.memory) ?? usual.memory,
    disk: number(body.disk) ?? usual.disk,
  };
  const own = store.all().filter(({ spec }) => spec.organizationId === organization.id);
  for (const key of ['cpu', 'memory', 'disk'] as const) {
    const most = organization.perSandbox[key];
    if (size[key] > most)
      throw new ApiError(
        403,
        `${NAMES[key]} request ${size[key]} exceeds maximum allowed per sandbox (${most}).`,
      );
    const used = own
      .filter(({ state }) => (key === 'disk' ? state !== 'archived' : !AT_REST.has(state)))
      .reduce((sum, { spec }) => sum + spec.size[key], 0);
    if (used + size[key] > organization.total[key])
      throw new ApiError(403, quotaMessage(NAMES[key], organization.total[key]));
  }
  return size;
}
