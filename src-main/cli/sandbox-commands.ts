/** The commands about sandboxes themselves: what runs, terminals, files, ports. Defined here, they live in commands/. */
import type { Command } from 'commander';
import type { Core } from '../app/create-core.ts';
import type { FilesCall } from './commands/files.ts';
import type { Terminal } from './terminal.ts';
import type { Interrupts } from './use-session.ts';

/** What commands run with. */
export interface CommandContext {
  terminal: Terminal;
  /** Opens the core, runs the command with it, closes it; a number is the exit code. */
  withCore: (action: (core: Core) => Promise<unknown>) => () => Promise<void>;
  interrupts: Interrupts;
}

/** Adds them. */
export function addSandboxCommands(program: Command, context: CommandContext): void {
  addSandboxes(program, context);
  addTerminal(program, context);
  addFiles(program, context);
  addPorts(program, context);
}

/** `-p`, `--session`, `--sandbox`, `--keep`: which sandbox a command is about, and what becomes of it. */
function whereOptions(command: Command): Command {
  return command
    .option('-p, --profile <name>', 'the profile to use (default: the default profile)')
    .option('--session <id>', 'the sandbox of a session: one that was kept, or one that lives in the window')
    .option('--sandbox <id>', 'a sandbox that is there already (specboard sandboxes list)')
    .option('--keep', 'leave a fresh sandbox running afterwards')
    .option('--allow-unisolated', 'agree to run on this computer without isolation, where there is none');
}

function addSandboxes(program: Command, { terminal, withCore, interrupts }: CommandContext): void {
  const sandboxes = program
    .command('sandboxes')
    .description("what runs at a profile's vendor or engine, whoever started it");
  const commands = () => import('./commands/sandboxes.ts');
  sandboxes
    .command('list', { isDefault: true })
    .description('list sandboxes, those of this SpecBoard first')
    .option('-p, --profile <name>', 'the profile whose account is looked at')
    .option('--json', 'write JSON')
    .action((options) =>
      withCore(async (c) => (await commands()).listSandboxes(c, terminal, options, interrupts.cancel))(),
    );
  sandboxes
    .command('end')
    .description('end a sandbox that this SpecBoard started')
    .argument('<id>', 'the sandbox id, or its start')
    .option('-p, --profile <name>', 'the profile whose account it is in')
    .option('--json', 'write JSON')
    .action((id: string, options) =>
      withCore(async (c) => (await commands()).endSandbox(c, terminal, id, options, interrupts.cancel))(),
    );
}

function addTerminal(program: Command, { terminal, withCore, interrupts }: CommandContext): void {
  whereOptions(program.command('terminal'))
    .description("open the sandbox's shell on this terminal")
    .option('--cwd <folder>', 'where to start, in the sandbox')
    .addHelpText(
      'after',
      '\nKeys go to the sandbox: Ctrl-C interrupts what runs there, Ctrl-D or exit ends the shell. Enter, then ~ and . leaves from here.',
    )
    .action((options) =>
      withCore(async (c) =>
        (await import('./commands/terminal.ts')).terminalCommand(c, terminal, options, interrupts),
      )(),
    );
}

function addFiles(program: Command, { terminal, withCore, interrupts }: CommandContext): void {
  const files = program.command('files').description('files of a sandbox: look, bring here, bring there');
  const commands = () => import('./commands/files.ts');
  type Commands = Awaited<ReturnType<typeof commands>>;
  const command = (name: string, about: string) =>
    whereOptions(files.command(name).description(about)).option('--json', 'write JSON');
  const run = (where: object, work: (use: Commands, call: FilesCall) => Promise<unknown>) =>
    withCore(async (c) => work(await commands(), { core: c, terminal, where, interrupts }))();
  command('ls', 'list a folder')
    .argument('[path]', 'in the sandbox; without it the working folder')
    .action((path: string | undefined, options) => run(options, (use, call) => use.listFiles(call, path)));
  command('get', 'bring a file or a folder here')
    .argument('<remote>', 'in the sandbox')
    .argument('[local]', 'where to; without it the current folder, - for standard output')
    .option('--force', 'replace what is here; folders are merged')
    .action((remote: string, local: string | undefined, options) =>
      run(options, (use, call) => use.getFiles(call, remote, local, options)),
    );
  command('put', 'bring a file or a folder into the sandbox')
    .argument('<local>', 'on this computer')
    .argument('[remote]', 'where to; without it the working folder')
    .option('--force', 'replace what is there; folders are merged')
    .action((local: string, remote: string | undefined, options) =>
      run(options, (use, call) => use.putFiles(call, local, remote, options)),
    );
  command('rm', 'remove files, and folders with all that is in them')
    .argument('<paths...>')
    .action((paths: string[], options) => run(options, (use, call) => use.removeFiles(call, paths)));
  command('mv', 'move or rename')
    .argument('<from>')
    .argument('<to>')
    .action((from: string, to: string, options) => run(options, (use, call) => use.moveFile(call, from, to)));
  command('mkdir', 'make a folder and those above it')
    .argument('<path>')
    .action((path: string, options) => run(options, (use, call) => use.makeFolder(call, path)));
}

function addPorts(program: Command, { terminal, withCore, interrupts }: CommandContext): void {
  whereOptions(program.command('ports'))
    .description('say where a port of a sandbox can be reached from here')
    .argument('<port>')
    .option('--json', 'write JSON')
    .action((port: string, options) =>
      withCore(async (c) =>
        (await import('./commands/ports.ts')).showPort(c, terminal, port, options, interrupts),
      )(),
    );
}
