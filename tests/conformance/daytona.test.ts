/** Daytona against the test server. */
import { holdTo } from './hold-to.ts';
import { daytonaTarget } from './targets/daytona.ts';

await holdTo(daytonaTarget);
