import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { settings } from '../config.ts'
import { Refusal } from '../platform/errors.ts'
import { CannotStart, explainFileError } from '../platform/process.ts'
import { version } from '../version.ts'

const whole = (text: string) => {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('Give a whole number.')
  return Number(text)
}

/** Whether this command prints JSON; its errors are then JSON, too. */
let asJson = false

/** All commands, with their options. */
export const program = new Command('kith')
  .description('A self-hosted community server that speaks the SelfCommunity REST API v2.')
  .version(version, '-V, --version', 'print the version of Kith')
  .addHelpText(
    'after',
    `\nSettings, by environment:\n${Object.entries(settings)
      .map(
        ([name, says]) => `  ${name.padEnd(2 + Math.max(...Object.keys(settings).map((each) => each.length)))}${says}`,
      )
      .join('\n')}`,
  )
  .showHelpAfterError()
  // Errors are printed by `run`, so that they can be JSON.
  .exitOverride()
  .configureOutput({ writeErr: (text) => void (asJson || process.stderr.write(text)) })

// Each command is loaded when it is called: the start of the server should not wait for the others.
program
  .command('serve')
  .description('serve the community until asked to stop')
  .action(async (options) => (await import('./serve.ts')).serve(options))
program
  .command('work')
  .description('deliver webhooks only, beside other nodes on one DATABASE_URL')
  .action(async (options) => (await import('./work.ts')).work(options))
program
  .command('migrate')
  .description('bring the database schema up to date')
  .option('--plan', 'say what would be done, about how long it takes and who waits meanwhile, and change nothing')
  .action(async (options) => (await import('./migrate.ts')).migrateNow(options))
program
  .command('create-user <username>')
  .description('make a member')
  .option('--email <address>')
  .option('--name <name>', 'real name')
  .option('--password <password>')
  .option('--role <role>', 'admin, moderator, editor or publisher')
  .action(async (username, options) => (await import('./create-user.ts')).createUser(username, options))
program
  .command('create-app <name>')
  .description('make an OAuth 2.0 app and print its client id and its secret, which is shown this once')
  .option('--redirect-uri <address...>', 'where members are sent back to')
  .option('--grant <type...>', 'authorization_code (unless given), implicit, password or client_credentials')
  .option('--scope <scope...>', 'read, write; both unless given')
  .option('--public', 'it can keep no secret, as in a browser or on a phone')
  .option('--trusted', 'it is the community itself: members are not asked')
  .option('--member <user>', 'whom it acts as by client_credentials, by id or username')
  .action(async (name, options) => (await import('./create-app.ts')).createApp(name, options))
const member = (command: string, says: string) =>
  program
    .command(`${command} [user]`)
    .description(says)
    .option('--id <n>', 'the id of the member', whole)
    .option('--username <name>', 'the username of the member, also where it is digits alone')
member('block', 'block a member: they read on, and do nothing that others see').action(async (user, options) =>
  (await import('./users.ts')).block(user, options, true),
)
member('unblock', 'take the block of a member back').action(async (user, options) =>
  (await import('./users.ts')).block(user, options, false),
)
member('promote', 'give a member a role')
  .requiredOption('--role <role>', 'admin, moderator, editor, publisher or none')
  .action(async (user, options) => (await import('./users.ts')).promote(user, options))
member('approve', 'let in one who has made an account and waits for that').action(async (user, options) =>
  (await import('./registrations.ts')).decideOn(user, options, true),
)
member('refuse', 'do not let in one who waits: their account is gone').action(async (user, options) =>
  (await import('./registrations.ts')).decideOn(user, options, false),
)
const newcomers = (command: string, says: string) =>
  program
    .command(command)
    .description(says)
    .option('--name <name>', 'who or what it is for')
    .option('--uses <n>', 'how often it is good', whole)
    .option('--days <n>', 'how long it is good', whole)
newcomers('create-invite', 'print a code by which somebody may make an account, once unless told otherwise')
  .option('--email <address>', 'for this address alone')
  .option('--role <role>', 'admin, moderator, editor or publisher')
  .option('--send', 'send it to the address')
  .action(async (options) => (await import('./registrations.ts')).createCode('i', options))
newcomers('create-promo', 'print a promo code, good any number of times unless told otherwise')
  .option('--code <code>', 'made up unless given')
  .action(async (options) => (await import('./registrations.ts')).createCode('p', options))
member('reset-password', 'give a member another password, made up unless given, and sign them out everywhere')
  .option('--password <password>')
  .action(async (user, options) => (await import('./reset-password.ts')).resetPassword(user, options))
member('delete-user', 'delete a member')
  .option('--hard', 'wipe the profile, too')
  .action(async (user, options) => (await import('./users.ts')).deleteUser(user, options))
program
  .command('list-users')
  .description('print the members, with tabs between the fields')
  .option('--role <role>', 'only those with this role')
  .option('--status <status>', 'only those who are blocked or deleted, or wait to be let in')
  .option('--json', 'a line of JSON for each')
  .action(async (options) => (await import('./users.ts')).listUsers(options))
program
  .command('audit')
  .description('print what was done by roles and by commands, the last first, with tabs between the fields')
  .option('--actor <n>', 'only what the member with this id did', whole)
  .option('--target <n>', 'only what was done to this id', whole)
  .option('--since <time>', 'only from then on, as 2026-01-31T12:00:00Z')
  .option('--json', 'a line of JSON for each')
  .action(async (options) => (await import('./audit.ts')).printAudit(options))
program
  .command('token [user]')
  .description('print a token for a member, by id (digits alone) or username')
  .option('--id <n>', 'the id of the member', whole)
  .option('--username <name>', 'the username of the member, also where it is digits alone')
  .option('--hours <n>', 'how long it is good', whole, 24)
  .action(async (user, options) => (await import('./token.ts')).printToken(user, options))
program
  .command('set <key> <value>')
  .description('set an option of the community, as follow_enabled true')
  .action(async (key, value, options) => (await import('./set.ts')).setOption(key, value, options))
program
  .command('import-graph <file>')
  .description('import members and friendships from a list of edges, one "a b" a line, # for comments')
  .option('--requests <n>', 'leave this many of the edges as open requests', whole, 0)
  .option('--skip-bad', 'report bad lines and go on; otherwise nothing is imported')
  .option('--prefix <text>', 'usernames are this and the number of the file', 'member')
  .option('--announce', 'write an event for each member and friendship')
  .action(async (file, options) => (await import('./import-graph.ts')).importGraph(file, options))
program
  .command('seed')
  .description('fill the community with made-up members, ties, categories and contributions to look at')
  .requiredOption('--members <n>', 'how many', whole)
  .requiredOption('--contributions <n>', 'statuses, posts and discussions', whole)
  .option('--seed <n>', 'the same number gives the same community', whole, 1)
  .option('--add', 'also where there are members besides the first administrator')
  .addHelpText(
    'after',
    '\nNo events are written: it is not history that happened. Two years of it end with the last midnight, UTC.\n' +
      'The members have no passwords: `kith token NAME` lets you be one of them.',
  )
  .action(async (options) => (await import('./seed.ts')).seed(options))
program
  .command('export <file>')
  .description('write all of the community into a file, while it is served; - is standard output')
  .option('--files', 'with the files, also where they lie in a bucket')
  .option('--no-files', 'without the files; it says where they lie')
  .option('--force', 'replace the file if it is there')
  .option('--json', 'say what was exported as a line of JSON')
  .action(async (file, options) => (await import('./export.ts')).exportTo(file, options))
program
  .command('import <file>')
  .description('make the community that was exported into a file, in a Kith that has nothing yet')
  .option('--live', 'it takes the place of the original, which has stopped: webhooks and mails go on at once')
  .option('--copy', 'it stands beside the original: webhook endpoints, waiting mails and devices are left behind')
  .option('--no-files', 'leave the files out that are in it')
  .option('--json', 'say what was imported as a line of JSON')
  .addHelpText('after', '\nUnless told otherwise, nothing is sent from the imported community before `kith go-live`.')
  .action(async (file, options) => (await import('./import.ts')).importFrom(file, options))
program
  .command('import-community <url>')
  .description('move a community in by the API it has where it is; again brings what is new there')
  .addOption(new Option('--token <token>', 'a token of an administrator there').env('KITH_TOKEN'))
  .option('--roles', 'members keep the roles they have there')
  .option('--announce', 'write an event for all that is moved')
  .option('--dry-run', 'say how much there is, and write nothing')
  .option('--json', 'say what came of it as a line of JSON')
  .action(async (url, options) => (await import('./import-community.ts')).importCommunity(url, options))
program
  .command('go-live')
  .description('let webhooks, mails and pushes of an imported community go out')
  .action(async (options) => (await import('./go-live.ts')).goLive(options))
const remote = (command: string, says: string) =>
  program
    .command(command)
    .description(says)
    .addOption(new Option('--url <address>', 'the Kith to ask, instead of the one of this machine').env('KITH_URL'))
    .addOption(new Option('--token <token>', 'a token of an administrator there').env('KITH_TOKEN'))
const listening = (command: string, says: string) =>
  remote(command, says)
    .option('--events <type...>', 'only these types or families, as connection.*')
    .option('--json', 'a line of JSON for each')
listening('listen', 'print events as they happen, and send each to a receiver of yours, signed')
  .option('--forward-to <address>', 'the receiver, as http://localhost:3000/hook, or a port of this machine')
  .option('--secret <whsec>', 'what to sign with; made up unless given')
  .action(async (options) => (await import('./listen.ts')).listen(options))
program
  .command('trigger [type]')
  .description('make an event happen in a community made up for it, and print it or send it to a receiver of yours')
  .option('--forward-to <address>', 'the receiver, as http://localhost:3000/hook, or a port of this machine')
  .option('--secret <whsec>', 'what to sign with; made up unless given')
  .option('--json', 'the event as receivers get it, in a line')
  .option('--list', 'name the types that can be made to happen')
  .action(async (type, options) => (await import('./trigger.ts')).trigger(type, options))
remote('events', 'print the last events')
  .option('--type <type...>', 'only these types or families, as connection.*')
  .option('--since <time>', 'only from then on, as 2026-01-31T12:00:00Z')
  .option('--limit <n>', 'how many at most, up to 500', whole, 20)
  .option('--json', 'a line of JSON for each, as receivers get it')
  .action(async (options) => (await import('./print-events.ts')).printEvents(options))
remote('endpoints', 'print the webhook endpoints, and how deliveries to each go')
  .option('--json', 'a line of JSON for each')
  .action(async (options) => (await import('./print-endpoints.ts')).printEndpoints(options))
remote('resend', 'send events to a webhook endpoint again')
  .argument('<endpoint>', 'its id', whole)
  .argument('<event...>', 'their ids', (text: string, before: number[] = []) => [...before, whole(text)])
  .action(async (endpoint, events, options) => (await import('./resend.ts')).resend(endpoint, events, options))
remote('recover', 'send a webhook endpoint what it lacks since a moment')
  .argument('<endpoint>', 'its id', whole)
  .requiredOption('--since <time>', 'from when on, as 2026-01-31T12:00:00Z')
  .option('--kind <kind>', 'failed, missed or all', 'failed')
  .option('--json', 'the recovery as JSON')
  .action(async (endpoint, options) => (await import('./resend.ts')).recover(endpoint, options))
program
  .command('completion <shell>')
  .description('print what bash, zsh or fish needs to complete these commands')
  .action(async (shell, options) => (await import('./completion.ts')).printCompletion(shell, program, options))
program
  .command('doctor')
  .description('check database, secret, clock, disk and counters, and say what is wrong')
  .option('--repair', 'count again what is wrong of the counters, while members go on')
  .action(async (options) => (await import('./doctor.ts')).examine(options))

for (const each of program.commands)
  if (!each.options.some(({ long }) => long === '--json')) each.option('--json', 'say what came of it as JSON')

/** The error to print: a refusal or a sentence; an unexpected error as it is. */
async function inWords(error: unknown): Promise<unknown> {
  if (error instanceof CannotStart) return error.message
  if (error instanceof Refusal) return error
  // A failed connection names a socket, which is not a file that the user has named.
  const file = (error as NodeJS.ErrnoException)?.syscall === 'connect' ? null : explainFileError(error)
  // The Kith that brought the database ended beneath the command: what was not committed is lost.
  return file ?? (await import('../platform/db/database.ts')).translate(error)
}

/** The error in the form of the API, in one line. */
const errorsOf = (said: unknown) =>
  said instanceof Refusal
    ? said.errors
    : [{ code: 'failed', message: said instanceof Error ? said.message : String(said) }]

/** Prints an error in sentences; an unexpected one with its stack. */
function printErrors(said: unknown): void {
  if (said instanceof Refusal)
    for (const each of said.errors) {
      if ('field' in each) for (const { message } of each.messages) console.error(`${each.field}: ${message}`)
      else console.error(each.message)
    }
  else console.error(said)
}

/** Runs a command. Errors are printed as sentences, or as JSON if asked for, and set the exit code. */
export async function run(args: string[]): Promise<void> {
  asJson = args.includes('--json')
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander treats help and version as errors, and has printed the rest itself.
      process.exitCode = error.exitCode
      const message = error.message.replace(/^error: /, '')
      if (asJson && error.exitCode) console.error(JSON.stringify({ errors: [{ code: 'usage', message }] }))
      return
    }
    const said = await inWords(error)
    if (asJson) console.error(JSON.stringify({ errors: errorsOf(said) }))
    else printErrors(said)
    process.exitCode = 1
  }
}
