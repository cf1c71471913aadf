/** Local where the system has no sandbox. */
import { holdTo } from './hold-to.ts';
import { localPlainTarget } from './targets/local-plain.ts';

await holdTo(localPlainTarget);
