import type { Command } from 'commander'
import { CannotStart } from '../platform/process.ts'
import { type Said, say } from './say.ts'

/** The values of options that have few. */
const values: Record<string, string[]> = {
  '--role': ['admin', 'moderator', 'editor', 'publisher'],
  '--status': ['blocked', 'deleted', 'waiting'],
  '--kind': ['failed', 'missed', 'all'],
  '--grant': ['authorization_code', 'implicit', 'password', 'client_credentials'],
  '--scope': ['read', 'write'],
}
/** The operands of commands. */
const operands: Record<string, string[]> = { completion: ['bash', 'zsh', 'fish'] }

/** Text for single quotes of any of the shells. */
const quoted = (text: string) => text.replace(/'/g, '’')

const optionsOf = (command: Command) =>
  command.options.flatMap(({ long, description }) => (long ? [{ long, says: quoted(description) }] : []))

const scripts: Record<string, (program: Command) => string> = {
  bash: (program) => `_kith() {
  local word="\${COMP_WORDS[COMP_CWORD]}"
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${program.commands.map((each) => each.name()).join(' ')}" -- "$word"))
    return
  fi
  case "\${COMP_WORDS[COMP_CWORD-1]}" in
${Object.entries(values)
  .map(([option, words]) => `    ${option}) COMPREPLY=($(compgen -W "${words.join(' ')}" -- "$word")); return ;;`)
  .join('\n')}
  esac
  case "\${COMP_WORDS[1]}" in
${program.commands
  .map((each) => {
    const words = [...(operands[each.name()] ?? []), ...optionsOf(each).map(({ long }) => long)]
    return `    ${each.name()}) COMPREPLY=($(compgen -W "${words.join(' ')}" -- "$word")) ;;`
  })
  .join('\n')}
  esac
}
complete -o default -F _kith kith
`,
  zsh: (program) => `#compdef kith
_kith() {
  if (( CURRENT == 2 )); then
    local -a commands=(
${program.commands.map((each) => `      '${each.name()}:${quoted(each.description()).replace(/:/g, '\\:')}'`).join('\n')}
    )
    _describe command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
${program.commands
  .map((each) => {
    const words = optionsOf(each).map(({ long, says }) => {
      const then = values[long] ? `:value:(${values[long].join(' ')})` : ''
      return `'${long}[${says.replace(/[[\]]/g, '').replace(/:/g, '\\:')}]${then}'`
    })
    const operand = operands[each.name()] ? `(${operands[each.name()]?.join(' ')})` : '_files'
    return `    ${each.name()}) _arguments ${[...words, `'*:operand:${operand}'`].join(' ')} ;;`
  })
  .join('\n')}
  esac
}
compdef _kith kith
`,
  fish: (program) =>
    program.commands
      .flatMap((each) => {
        const here = `complete -c kith -n '__fish_seen_subcommand_from ${each.name()}'`
        const words = operands[each.name()]
        return [
          `complete -c kith -n __fish_use_subcommand -f -a ${each.name()} -d '${quoted(each.description())}'`,
          ...(words ? [`${here} -f -a '${words.join(' ')}'`] : []),
          ...optionsOf(each).map(({ long, says }) => {
            const then = values[long] ? ` -x -a '${values[long].join(' ')}'` : ''
            return `${here} -l ${long.slice(2)}${then} -d '${says}'`
          }),
        ]
      })
      .join('\n')
      .concat('\n'),
}

/** Prints what a shell needs to complete commands, their options and the values of these. */
export function printCompletion(shell: string, program: Command, said: Said = {}): void {
  const script = Object.hasOwn(scripts, shell) ? scripts[shell] : undefined
  if (!script) throw new CannotStart(`The shell is one of ${Object.keys(scripts).join(', ')}.`)
  say(said, { shell, script: script(program) }, script(program).trimEnd())
}
