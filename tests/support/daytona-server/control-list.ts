// Lists of the control plane: sandboxes and snapshots.
import { createHash } from 'node:crypto';
import { strings } from '../vendor-server/json.ts';
import type { ControlCall } from './control-call.ts';
import { ApiError } from './errors.ts';
import type { SnapshotOptions } from './options.ts';
import type { Sandbox } from './sandbox.ts';
import { listItem } from './sandbox-dto.ts';

const PAGE = 100;

/** Serve GET /sandbox: newest first, filtered, in pages; the cursor names the last one sent. Throws ApiError. */
export function listSandboxes({ exchange, store, organization }: ControlCall): void {
  const query = exchange.url.searchParams;
  const limit = Math.min(Math.max(Number(query.get('limit') ?? PAGE) || PAGE, 1), 200);
  const filter = filterOf(query);
  const found = store.all().filter((one) => one.spec.organizationId === organization.id && filter(one));
  const cursor = query.get('cursor');
  const from = cursor ? found.findIndex(({ id }) => id === cursor) + 1 : 0;
  const page = found.slice(from, from + limit);
  const more = from + limit < found.length;
  exchange.json(200, { items: page.map(listItem), nextCursor: more ? (page.at(-1)?.id ?? null) : null });
}

/** Serve GET /snapshots, numbered pages. */
export function listSnapshots({ exchange, options }: ControlCall): void {
  const page = Math.max(Number(exchange.query('page') ?? 1) || 1, 1);
  const limit = Math.max(Number(exchange.query('limit') ?? PAGE) || PAGE, 1);
  const name = exchange.query('name');
  const found = options.snapshots.filter((snapshot) => !name || snapshot.name.includes(name));
  exchange.json(200, {
    items: found.slice((page - 1) * limit, page * limit).map(snapshotDto),
    total: found.length,
    page,
    totalPages: Math.ceil(found.length / limit),
  });
}

/** Serve GET /snapshots/{idOrName}. */
export function getSnapshot({ exchange, options }: ControlCall, wanted: string): void {
  const found = options.snapshots.find(({ name }) => name === wanted || idOf(name) === wanted);
  if (found) exchange.json(200, snapshotDto(found));
  else exchange.fail(404, `Snapshot ${wanted} not found`);
}

function filterOf(query: URLSearchParams): (sandbox: Sandbox) => boolean {
  const labels = labelsOf(query.get('labels') || '{}');
  const states = query.getAll('states').flatMap((text) => text.split(','));
  const [id, name] = [query.get('id'), query.get('name')];
  const errored = query.get('includeErroredDeleted') === 'true';
  return (sandbox) =>
    labels.every(([key, value]) => sandbox.labels[key] === value) &&
    (states.length === 0 || states.includes(sandbox.state)) &&
    (!id || sandbox.id.startsWith(id)) &&
    (!name || sandbox.name.startsWith(name)) &&
    (errored || states.length > 0 || sandbox.state !== 'destroying');
}

function labelsOf(text: string): [string, string][] {
  try {
    return Object.entries(strings(JSON.parse(text)));
  } catch {
    throw new ApiError(400, 'labels must be a JSON object');
  }
}

function snapshotDto(snapshot: Required<SnapshotOptions>): unknown {
  const made = '2026-01-01T00:00:00.000Z';
  return {
    id: idOf(snapshot.name),
    general: snapshot.general,
    name: snapshot.name,
    imageName: snapshot.imageName,
    state: snapshot.state,
    size: 1,
    entrypoint: null,
    cpu: snapshot.size.cpu,
    gpu: 0,
    mem: snapshot.size.memory,
    disk: snapshot.size.disk,
    errorReason: snapshot.state === 'error' ? 'The image could not be pulled' : null,
    createdAt: made,
    updatedAt: made,
    lastUsedAt: null,
    sourceSandboxId: null,
    sandboxClass: 'container',
  };
}

/** The same for the same name, so that it survives a restart. */
function idOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
