/**
 * The command that starts the keeper with the runner in a container. Sources, and the environment of the code with its
 * secrets, go in through standard input: an argument or an exec's environment would be seen by whoever may ask the engine.
 */
import { type KeeperCall, type KeeperCommand, keeperFromMemory } from '../../runner/keeper-command.ts';
import { containerFolders } from './container-folders.ts';

/** Texts of resources/keeper.py and resources/runner.py. */
export interface RunnerSources {
  keeper: string;
  runner: string;
}

/** What it is started with. */
export interface RunnerCommandOptions {
  call: KeeperCall;
  sources: RunnerSources;
  /** For the code; goes through standard input. */
  environment: Readonly<Record<string, string>>;
  /** True in a container of ours, which has a folder for packages. */
  packages: boolean;
}

/** Where packages are found, whatever the version of Python; before the code, after what the image has set itself. */
const withPackages = `root = ${JSON.stringify(containerFolders.packages)}
path = root + "/lib/python%d.%d/site-packages" % sys.version_info[:2]
old = os.environ.get("PYTHONPATH", "")
os.environ["PYTHONPATH"] = old + ":" + path if old else path
os.environ["PATH"] = root + "/bin:" + os.environ.get("PATH", os.defpath)
if path not in sys.path: sys.path.append(path)
`;

/** The command, with what its standard input must get first. */
export function runnerCommand({ call, sources, environment, packages }: RunnerCommandOptions): KeeperCommand {
  const command = keeperFromMemory(call, 'python3', sources);
  const at = command.argv.indexOf('-c') + 1;
  const boot = command.argv[at];
  if (at === 0 || boot === undefined) throw new Error('The keeper is not started by "python3 -c".');
  const secret = Buffer.from(JSON.stringify(environment));
  const prelude = `import os, sys
def prelude():
    import json
    data = b""
    while len(data) < ${secret.length}:
        piece = os.read(0, ${secret.length} - len(data))
        if not piece: sys.exit(1)
        data += piece
    os.environ.update(json.loads(data))
${packages ? indented(withPackages) : ''}prelude()
del prelude
`;
  const argv = command.argv.with(at, prelude + boot);
  return { argv, payload: Buffer.concat([secret, command.payload]) };
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '    ');
}
