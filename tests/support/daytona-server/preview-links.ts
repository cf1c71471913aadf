// Links to what a sandbox's programs serve on their ports.
import { randomBytes } from 'node:crypto';
import type { Sandbox } from './sandbox.ts';

/** A link that needs the sandbox's token (header x-daytona-preview-token), unless the sandbox is public. */
export function previewLink(sandbox: Sandbox, origin: string, port: number): unknown {
  return {
    sandboxId: sandbox.id,
    url: `${origin}/preview/${sandbox.id}/${port}`,
    token: sandbox.previewToken,
  };
}

/** A link that carries its own token and ends at `expiresAt` (milliseconds since the epoch). */
export function signedPreviewLink(
  sandbox: Sandbox,
  origin: string,
  port: number,
  expiresAt: number,
): unknown {
  const token = randomBytes(16).toString('hex');
  sandbox.signedLinks.set(token, { port, expiresAt });
  return { sandboxId: sandbox.id, port, token, url: `${origin}/signed-preview/${token}` };
}

/** The sandbox and port that an address leads to, and what is left of its path; undefined for none. */
export function previewTarget(
  sandboxes: readonly Sandbox[],
  path: string,
  now: number,
):
  | { readonly sandbox: Sandbox; readonly port: number; readonly rest: string; readonly signed: boolean }
  | undefined {
  const [, id, port, rest = ''] = /^\/preview\/([^/]+)\/(\d+)(\/.*)?$/.exec(path) ?? [];
  const [, token, signedRest = ''] = /^\/signed-preview\/([^/]+)(\/.*)?$/.exec(path) ?? [];
  if (id !== undefined) {
    const sandbox = sandboxes.find((one) => one.id === id);
    return sandbox && { sandbox, port: Number(port), rest: rest || '/', signed: false };
  }
  const sandbox = sandboxes.find(({ signedLinks }) => signedLinks.has(token ?? ''));
  const link = sandbox?.signedLinks.get(token ?? '');
  if (!sandbox || !link || link.expiresAt <= now) return undefined;
  return { sandbox, port: link.port, rest: signedRest || '/', signed: true };
}
