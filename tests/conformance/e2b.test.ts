/** E2B against the test server. */
import { holdTo } from './hold-to.ts';
import { e2bTarget } from './targets/e2b.ts';

await holdTo(e2bTarget);
