// Templates and snapshots of the control plane.

import { text } from '../vendor-server/json.ts';
import type { ControlCall } from './control-call.ts';
import type { Sandbox } from './sandbox.ts';
import type { Snapshot } from './sandbox-store.ts';

/** Serve GET /templates. */
export function listTemplates({ exchange, options }: ControlCall): void {
  const templates = options.templates.map(({ id }) => ({
    templateID: id,
    buildID: id,
    aliases: [id],
    names: [id],
    public: true,
    cpuCount: 2,
    memoryMB: 512,
    spawnCount: 0,
    buildCount: 1,
  }));
  exchange.json(200, templates);
}

/** Serve POST /sandboxes/{id}/snapshots: files only, no memory. */
export function createSnapshot({ exchange, store, body }: ControlCall, sandbox: Sandbox): void {
  exchange.json(201, describe(store.snapshot(sandbox, text(body.name))));
}

/** Serve GET /snapshots. */
export function listSnapshots({ exchange, store, account }: ControlCall): void {
  const query = exchange.url.searchParams;
  const sandboxId = query.get('sandboxID');
  const name = query.get('name');
  const found = store
    .snapshots()
    .filter((snapshot) => snapshot.account === account.name)
    .filter((snapshot) => !sandboxId || snapshot.sandboxId === sandboxId)
    .filter((snapshot) => !name || snapshot.names.includes(name));
  exchange.json(200, found.map(describe));
}

/** Serve DELETE /templates/{id}; only snapshots can be deleted here. */
export function deleteTemplate({ exchange, store, account }: ControlCall, id: string): void {
  const found = store.snapshots().find((snapshot) => snapshot.id === id && snapshot.account === account.name);
  if (!found) {
    exchange.fail(404, `template '${id}' not found`);
    return;
  }
  store.deleteSnapshot(id);
  exchange.reply(204, undefined, {});
}

function describe({ id, names }: Snapshot): unknown {
  return { snapshotID: id, names };
}
