// Creating a sandbox: template, limits of the plan, quota.
import { randomBytes } from 'node:crypto';
import { number, record, strings, text } from '../vendor-server/json.ts';
import type { ControlCall } from './control-call.ts';
import { quotaMessage, tooLong } from './control-messages.ts';
import { sandboxHandle } from './control-sandbox.ts';
import { makeId } from './sandbox-store.ts';

const DEFAULT_SECONDS = 300;

/** Serve POST /v2/sandboxes. */
export function createSandbox(call: ControlCall): void {
  const { exchange, account, store, body } = call;
  const wanted = text(body.templateID) ?? 'base';
  const template = findTemplate(call, wanted);
  if (!template) {
    exchange.fail(404, `template '${wanted}' not found`);
    return;
  }
  const seconds = number(body.timeout) ?? DEFAULT_SECONDS;
  if (seconds > account.maxLifetimeS) {
    exchange.fail(400, tooLong(account.maxLifetimeS));
    return;
  }
  const running = store
    .all()
    .filter(({ spec, state }) => spec.account === account.name && state === 'running');
  if (running.length >= account.maxSandboxes) {
    exchange.fail(429, quotaMessage(account.maxSandboxes));
    return;
  }
  const sandbox = store.create(
    {
      id: makeId(),
      account: account.name,
      templateId: wanted,
      interpreter: template.interpreter,
      snapshot: template.folder,
      envdToken: `ea_${randomBytes(16).toString('hex')}`,
      trafficToken:
        record(body.network).allowPublicTraffic === false
          ? `ta_${randomBytes(16).toString('hex')}`
          : undefined,
      metadata: strings(body.metadata),
      envs: strings(body.envVars),
      onTimeout: body.autoPause === true ? 'pause' : 'kill',
      keepMemory: body.autoPauseMemory !== false,
      autoResume: record(body.autoResume).enabled === true,
    },
    seconds,
  );
  sandbox.network = body.network;
  exchange.json(201, sandboxHandle(sandbox));
}

function findTemplate(
  call: ControlCall,
  wanted: string,
): { interpreter: boolean; folder: string | undefined } | undefined {
  const own = call.options.templates.find(({ id }) => id === wanted);
  if (own) return { interpreter: own.interpreter, folder: undefined };
  const snapshot = call.store
    .snapshots()
    .find(
      ({ id, names, account }) => account === call.account.name && (id === wanted || names.includes(wanted)),
    );
  return snapshot && { interpreter: snapshot.interpreter, folder: snapshot.folder };
}
