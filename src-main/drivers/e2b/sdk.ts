/** The E2B SDK, loaded when first needed (it is large), and what it keeps to itself. */
import type * as Sdk from '@e2b/code-interpreter';

/** A sandbox as the SDK knows it. */
export type SdkSandbox = Sdk.Sandbox;
/** What the control plane says about a sandbox. */
export type SdkSandboxInfo = Sdk.SandboxInfo;
/** The module. */
export type SdkModule = typeof Sdk;

let loading: Promise<SdkModule> | undefined;

/** The SDK's module. External to the bundle: it finds its HTTP transport at run time. */
export function loadSdk(): Promise<SdkModule> {
  loading ??= import('@e2b/code-interpreter').then((module) => {
    // Left to itself the SDK fills every empty option from the environment, also where a profile means "none": then files
    // would go to another E2B than cells. addresses.ts has already decided.
    for (const [name, value] of Object.entries({ sandboxUrl: undefined, debug: false })) {
      Object.defineProperty(module.ConnectionConfig, name, { get: () => value, configurable: true });
    }
    return module;
  });
  return loading;
}

/** The token by which envd and the code interpreter let us in. The SDK has it, but only for subclasses. */
export function accessTokenOf(sandbox: SdkSandbox): string | undefined {
  const token: unknown = (sandbox as unknown as Record<string, unknown>).envdAccessToken;
  return typeof token === 'string' && token !== '' ? token : undefined;
}
