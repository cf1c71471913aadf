/** Docker with a real engine. */
import { holdTo } from './hold-to.ts';
import { dockerTarget } from './targets/docker.ts';

await holdTo(dockerTarget);
