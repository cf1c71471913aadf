/** `npm run package:check`: packages for three systems without a network, and starts the Linux one in the stand-in host. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const vitest = join(import.meta.dirname, '../../node_modules/vitest/vitest.mjs');
const { status } = spawnSync(process.execPath, [vitest, 'run', '--project', 'packaging'], {
  stdio: 'inherit',
});
process.exit(status ?? 1);
