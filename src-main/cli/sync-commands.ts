/** The commands about two-way sync. Defined here, they live in commands/sync*.ts. */
import { type Command, Option } from 'commander';
import type { SyncCall } from './commands/sync.ts';
import type { CommandContext } from './sandbox-commands.ts';

/** Adds them. */
export function addSyncCommands(program: Command, { terminal, withCore, interrupts }: CommandContext): void {
  const sync = program
    .command('sync')
    .description('keep a folder here and one in a sandbox the same, both ways')
    .addHelpText(
      'after',
      '\nA sync is named by its folder on this computer, or by the start of its id; where there is one only, by nothing.' +
        '\nExit code 4: it waits for you (a plan to agree to, a question, conflicts).',
    );
  const command = (name: string, about: string) =>
    sync.command(name).description(about).option('--json', 'write JSON');
  const connecting = (name: string, about: string) =>
    command(name, about)
      .option(
        '--session <id>',
        'the sandbox of a session: one that was kept, or one that lives in the window',
      )
      .option('--sandbox <id>', 'a sandbox that is there already (specboard sandboxes list)')
      .option('--keep', 'leave a fresh sandbox running afterwards')
      .option('--allow-unisolated', 'agree to run on this computer without isolation, where there is none');
  const run = (options: object, work: (call: SyncCall) => Promise<unknown>) =>
    withCore((core) => work({ core, terminal, interrupts, where: options }))();
  const roots = () => import('./commands/sync.ts');
  const runs = () => import('./commands/sync-run.ts');
  const decisions = () => import('./commands/sync-decide.ts');

  command('add', 'pair a folder here with one in the sandboxes of a profile; nothing is synced yet')
    .argument('<local>', 'a folder on this computer')
    .argument('<remote>', 'a folder in the sandbox, after PROFILE: where it is not the default profile')
    .addOption(
      new Option('--mode <mode>', 'which way changes go')
        .choices(['two-way', 'upload', 'download', 'mirror', 'mirror-download'])
        .default('two-way'),
    )
    .option('--exclude <pattern...>', "leave out, in .gitignore's words")
    .option('--no-gitignore', 'do not follow .gitignore files')
    .option('--no-defaults', 'take also .git, node_modules, .venv and the like')
    .option('--with-secrets', 'take also files that usually hold secrets (.env, *.pem, id_rsa)')
    .action((local: string, remote: string, options) =>
      run(options, async (call) => (await roots()).addSync(call, local, remote, options)),
    );
  command('status', 'list syncs; with a path: how one file is, and which rule leaves it out')
    .argument('[path]', 'a synced folder, or a file in it')
    .action((path: string | undefined, options) =>
      run(options, async (call) => (await roots()).syncStatus(call, path)),
    );
  connecting('plan', 'say what a run would do, and why; change nothing')
    .argument('[sync]')
    .option('--checksum', 'compare what is in the files, whatever size and time say')
    .action((name: string | undefined, options) =>
      run(options, async (call) => (await runs()).planSync(call, name, options)),
    );
  const answers = new Option('--answer <answer>', 'answer what a run stops at').choices([
    'go-on',
    'restore',
    'start-over',
  ]);
  connecting('run', 'sync once')
    .argument('[sync]')
    .option('-y, --yes', 'agree to the plan of the first sync')
    .addOption(answers)
    .option('--checksum', 'compare what is in the files, whatever size and time say')
    .action((name: string | undefined, options) =>
      run(options, async (call) => (await runs()).runSync(call, name, options)),
    );
  connecting('watch', 'keep both sides the same until Ctrl-C')
    .argument('[sync]')
    .option('-y, --yes', 'agree to the plan of the first sync')
    .addOption(answers)
    .action((name: string | undefined, options) =>
      run(options, async (call) => (await runs()).watchSync(call, name, options)),
    );
  connecting('resolve', 'list conflicts; with --use: decide them')
    .argument('[path]', 'the file in conflict')
    .argument('[file]', 'with --use merged: a file with the merged text')
    .addOption(
      new Option('--use <choice>', 'whose copy is taken').choices(['local', 'remote', 'both', 'merged']),
    )
    .option('--all', 'all conflicts')
    .option('-s, --sync <sync>', 'which sync, where there are several')
    .action((path: string | undefined, file: string | undefined, options) =>
      run(options, async (call) => (await decisions()).resolveSync(call, path, { ...options, file })),
    );
  connecting('history', 'list runs and kept copies; with --restore: bring a copy back')
    .argument('[sync]')
    .option('--restore <id>', 'put this copy back where it was, on this computer')
    .action((name: string | undefined, options) =>
      run(options, async (call) => (await decisions()).syncHistory(call, name, options)),
    );
  command('remove', 'take a pair apart; files stay on both sides, kept copies go')
    .argument('<sync>')
    .action((name: string, options) => run(options, async (call) => (await roots()).removeSync(call, name)));
}
