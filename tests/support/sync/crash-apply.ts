/** Applies in a process of its own, which kills itself at a step: `node crash-apply.ts <base> <step> <clock shift> <items> <contents>`. */
import { LocalWorld } from './local-world.ts';

const [base = '', at = '', shift = '0', items = '[]', contents = '[]'] = process.argv.slice(2);
const world = new LocalWorld({ base });
world.clock.shift = Number(shift);
for (const content of JSON.parse(contents) as string[]) await world.stage(content);
world.step = (name) => {
  if (name === at) process.kill(process.pid, 'SIGKILL');
};
await world.side.apply('crashed', JSON.parse(items), new AbortController().signal);
