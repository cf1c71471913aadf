/** Another process that starts a keeper, sets a variable, leaves a thread that prints, and leaves: `keeper-child.ts NAME`. */
import { spawn } from 'node:child_process';
import { pipeOfChild } from '../../src-main/runner/byte-pipe.ts';
import { KeptRunner } from '../../src-main/runner/kept-runner.ts';
import { collect, keeperFile } from './keeper-host.ts';
import { python } from './runner.ts';

const runner = new KeptRunner({
  mode: 'start',
  dial: async (_signal, mode) =>
    pipeOfChild(
      spawn(python, ['-u', keeperFile, mode, String(process.argv[2])], {
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    ),
  diagnose: async () => null,
});
await collect(
  runner,
  `import threading, time
def work():
  time.sleep(0.3)
  for i in range(5): print("tick", i, flush=True)
threading.Thread(target=work).start()
value = "from the other process"`,
);
await runner.dispose({ leave: true });
