/** What a transfer of files brought, to this computer or to a sandbox. */
import type { WithLeftOut } from './left-out.ts';

/** What was brought. Left out are devices, and links that lead out of the folder. */
export interface Transferred extends WithLeftOut {
  /** Where it is now. */
  path: string;
  files: number;
  bytes: number;
}
