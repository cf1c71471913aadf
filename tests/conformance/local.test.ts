/** Local under the sandbox of this system. */
import { holdTo } from './hold-to.ts';
import { localTarget } from './targets/local.ts';

await holdTo(localTarget);
