/**
 * The command line `specboard`: the same core as the window, with no window. Commands are defined here and live in
 * commands/; errors become words and an exit code here, never a stack trace.
 */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { SpecboardError, toProblem } from '../../src-shared/contract/errors.ts';
import type { Core } from '../app/create-core.ts';
import { endProcess } from '../secrets/end-process.ts';
import { exitCodeOfError, exitCodes } from './exit-codes.ts';
import { addSandboxCommands } from './sandbox-commands.ts';
import { addSyncCommands } from './sync-commands.ts';
import { printProblem, type Terminal } from './terminal.ts';

const terminal: Terminal = {
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  json: false,
};
const cancel = new AbortController();
const force = new AbortController();
const interrupts = { cancel: cancel.signal, force: force.signal };
let core: Core | undefined;
let exitCode: number = exitCodes.done;

/** Opens the core, runs a command with it, and always closes it again. Modules load late: `--help` needs none of them. */
function withCore(action: (core: Core) => Promise<unknown>): () => Promise<void> {
  return async () => {
    const { openCliCore } = await import('./open-core.ts');
    core = await openCliCore(process.env);
    const code = await action(core);
    exitCode = typeof code === 'number' ? code : exitCodes.done;
  };
}

function createProgram(): Command {
  const program = new Command('specboard')
    .description('Run Python and shell code in sandboxes: on this computer, in containers, or in the cloud.')
    .version(__APP_VERSION__, '-V, --version')
    .addOption(new Option('--json', 'write JSON lines for machines').default(false))
    .hook('preAction', (_program, command) => {
      terminal.json = command.optsWithGlobals().json === true;
    })
    .showHelpAfterError('(add --help for help)')
    .exitOverride()
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 the code failed (shell: its own), 2 wrong use, 3 no connection or credentials, 4 a sync waits for you, 130 cancelled.',
    );
  addRun(program);
  addProfiles(program);
  addCredentials(program);
  addSessions(program);
  addSandboxCommands(program, { terminal, withCore, interrupts });
  addSyncCommands(program, { terminal, withCore, interrupts });
  addHistory(program);
  program
    .command('doctor')
    .description('say what works on this machine and how to get the rest')
    .option('--json', 'write JSON')
    .action(() => withCore(async (c) => (await import('./commands/doctor.ts')).doctor(c, terminal))());
  return program;
}

function addRun(program: Command): void {
  program
    .command('run')
    .description('connect, run code, stream its output, disconnect')
    .argument('[file]', 'a file with code, or - for standard input')
    .option('-p, --profile <name>', 'the profile to use (default: the default profile)')
    .option('-c, --code <code>', 'the code itself')
    .addOption(
      new Option('--lang <language>', 'language (default: by file name, else python)').choices([
        'python',
        'sh',
      ]),
    )
    .option('--timeout <seconds>', 'stop the code after this time', seconds)
    .option('--keep', 'leave the sandbox running afterwards (remote drivers)')
    .option('--session <id>', 'go on in the sandbox of a session that was kept')
    .option('--sandbox <id>', 'run in a sandbox that is there already; it is left as it is')
    .option('--allow-unisolated', 'agree to run on this computer without isolation, where there is none')
    .option('--json', 'write JSON lines: started, output, result')
    .addHelpText(
      'after',
      "\nExamples:\n  specboard run -c 'print(6*7)'\n  specboard run analysis.py --timeout 60\n  echo 'ls -l' | specboard run - --lang sh\n" +
        '\nCtrl-C cancels the code; twice kills it.\nMissing packages: a profile\'s "packages" setting is ask, always or never;' +
        ' without a terminal to ask on, nothing is installed.\n  specboard profiles edit "This computer" --set packages=always',
    )
    .action((file: string | undefined, options: { timeout?: number }) =>
      withCore(async (c) => {
        const { runCommand } = await import('./commands/run.ts');
        return runCommand(c, terminal, file, options, interrupts);
      })(),
    );
}

function addProfiles(program: Command): void {
  const profiles = program.command('profiles').description('saved driver configurations');
  const commands = () => import('./commands/profiles.ts');
  const json = ['--json', 'write JSON'] as const;
  profiles
    .command('list', { isDefault: true })
    .description('list profiles; * marks the default')
    .option(...json)
    .action(() => withCore(async (c) => (await commands()).listProfiles(c, terminal))());
  profiles
    .command('show')
    .description('show a profile with its settings')
    .argument('[profile]')
    .option(...json)
    .action((name?: string) => withCore(async (c) => (await commands()).showProfile(c, terminal, name))());
  profiles
    .command('add')
    .description('add a profile')
    .argument('<name>')
    .requiredOption('-d, --driver <type>', 'local, docker, e2b or daytona')
    .option('-s, --set <key=value>', 'a setting; repeat for more', collect)
    .option('--default', 'make it the default')
    .option(...json)
    .action((name: string, options) =>
      withCore(async (c) => (await commands()).addProfile(c, terminal, name, options))(),
    );
  profiles
    .command('edit')
    .description('rename a profile or change its settings')
    .argument('<profile>')
    .option('-n, --name <name>', 'the new name')
    .option('-s, --set <key=value>', 'a setting; repeat for more', collect)
    .option('-u, --unset <key>', 'back to the default; repeat for more', collect)
    .option(...json)
    .action((name: string, options) =>
      withCore(async (c) => (await commands()).editProfile(c, terminal, name, options))(),
    );
  profiles
    .command('remove')
    .description('delete a profile and its credentials; its history stays')
    .argument('<profile>')
    .option(...json)
    .action((name: string) => withCore(async (c) => (await commands()).removeProfile(c, terminal, name))());
  profiles
    .command('default')
    .description('show the default profile, or make one the default')
    .argument('[profile]')
    .option(...json)
    .action((name?: string) => withCore(async (c) => (await commands()).defaultProfile(c, terminal, name))());
}

function addCredentials(program: Command): void {
  const credentials = program
    .command('credentials')
    .description('API keys, kept in the keyring of this system');
  const commands = () => import('./commands/credentials.ts');
  credentials
    .command('set')
    .description('store a key; the value is read from standard input')
    .argument('<profile>')
    .argument('[field]', 'which one, where a driver has several')
    .option('--json', 'write JSON')
    .action((name: string, field?: string) =>
      withCore(async (c) => (await commands()).setCredential(c, terminal, name, field))(),
    );
  credentials
    .command('status')
    .description('say which keys are set; never shows one')
    .argument('[profile]')
    .option('--json', 'write JSON')
    .action((name?: string) =>
      withCore(async (c) => (await commands()).credentialStatus(c, terminal, name))(),
    );
  credentials
    .command('clear')
    .description('remove keys from the keyring')
    .argument('<profile>')
    .argument('[field]')
    .option('--json', 'write JSON')
    .action((name: string, field?: string) =>
      withCore(async (c) => (await commands()).clearCredentials(c, terminal, name, field))(),
    );
}

function addSessions(program: Command): void {
  const sessions = program
    .command('sessions')
    .description('sessions of all times, and sandboxes that may still run');
  const commands = () => import('./commands/sessions.ts');
  sessions
    .command('list', { isDefault: true })
    .description('list sessions, newest first')
    .option('-r, --running', 'only those that live or whose sandbox may still run')
    .option('--limit <n>', 'at most this many', positive)
    .option('--json', 'write JSON')
    .action((options) => withCore(async (c) => (await commands()).listSessions(c, terminal, options))());
  sessions
    .command('end')
    .description('end the sandbox of a session that was kept, or that a crash left')
    .argument('<id>', 'the session id, or its start')
    .option('--json', 'write JSON')
    .action((id: string) => withCore(async (c) => (await commands()).endSession(c, terminal, id))());
}

function addHistory(program: Command): void {
  const history = program.command('history').description('every execution, with its output');
  const commands = () => import('./commands/history.ts');
  history
    .command('list', { isDefault: true })
    .description('list executions, newest first')
    .option('--limit <n>', 'at most this many', positive)
    .option('--json', 'write JSON')
    .action((options) => withCore(async (c) => (await commands()).listHistory(c, terminal, options))());
  history
    .command('show')
    .description('show an execution with its whole output')
    .argument('<id>', 'the execution id, or its start')
    .option('--json', 'write JSON lines')
    .action((id: string) => withCore(async (c) => (await commands()).showHistory(c, terminal, id))());
  history
    .command('export')
    .description('write a session as a Jupyter notebook, Markdown or plain text')
    .argument('<session>', 'the session id, or its start (see: specboard sessions)')
    .addOption(
      new Option('--format <format>', 'ipynb, md or txt')
        .choices(['ipynb', 'md', 'txt'])
        .makeOptionMandatory(),
    )
    .option('-o, --out <file>', 'write to this file (default: standard output)')
    .option('--force', 'replace a file that is there')
    .option('--json', 'say what was written as JSON')
    .action((id: string, options) =>
      withCore(async (c) => (await commands()).exportHistory(c, terminal, id, options, interrupts.cancel))(),
    );
}

function collect(value: string, previous: string[] = []): string[] {
  return [...previous, value];
}

function seconds(value: string): number {
  const number = Number(value);
  if (!(number > 0) || number > 604_800) throw new InvalidArgumentError('Give seconds, more than 0.');
  return Math.max(1, Math.round(number * 1000));
}

function positive(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1 || number > 500)
    throw new InvalidArgumentError('Give a number from 1 to 500.');
  return number;
}

/** First Ctrl-C cancels, the second forces, the third leaves without waiting. */
function onInterrupt(): void {
  const reason = new SpecboardError('cancelled', 'Cancelled by Ctrl-C.');
  if (!cancel.signal.aborted) cancel.abort(reason);
  else if (!force.signal.aborted) force.abort(reason);
  else process.exit(exitCodes.cancelled);
}

/** The terminal went away or somebody asks us to end: stop what runs, leave nothing behind. */
function onTerminate(): void {
  const reason = new SpecboardError('cancelled', 'Cancelled: SpecBoard was asked to end.');
  cancel.abort(reason);
  force.abort(reason);
}

async function main(argv: readonly string[]): Promise<void> {
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onTerminate);
  process.on('SIGHUP', onTerminate);
  // `| head` closes the pipe: that is no error of ours; commands see it as a failed write.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  terminal.json = argv.includes('--json');
  try {
    await createProgram().parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      exitCode = error.exitCode === 0 ? exitCodes.done : exitCodes.wrongUse;
    } else if ((error as NodeJS.ErrnoException).code === 'EPIPE') {
      exitCode = exitCodes.done;
    } else {
      const problem = toProblem(error);
      await printProblem(terminal, problem).catch(() => {});
      exitCode = exitCodeOfError(problem.code);
    }
  } finally {
    await core?.dispose();
  }
  endProcess(exitCode, core?.isKeyringBlocked() ?? false);
}

await main(process.argv.slice(2));
