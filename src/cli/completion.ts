import type { Command } from 'commander'
import { CannotStart } from '../platform/process.ts'

const optionsOf = (command: Command) =>
  command.options.flatMap(({ long, description }) => (long ? [{ long, says: description.replace(/'/g, '’') }] : []))

const scripts: Record<string, (program: Command) => string> = {
  bash: (program) => `_kith() {
  local word="\${COMP_WORDS[COMP_CWORD]}"
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${program.commands.map((each) => each.name()).join(' ')}" -- "$word"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${program.commands
  .map((each) => {
    const words = optionsOf(each).map(({ long }) => long)
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
${program.commands.map((each) => `      '${each.name()}:${each.description().replace(/'/g, '’').replace(/:/g, '\\:')}'`).join('\n')}
    )
    _describe command commands
    return
  fi
  case $words[2] in
${program.commands
  .map((each) => {
    const words = optionsOf(each).map(({ long, says }) => `'${long}[${says.replace(/[[\]]/g, '')}]'`)
    return `    ${each.name()}) _arguments ${[...words, `'*:file:_files'`].join(' ')} ;;`
  })
  .join('\n')}
  esac
}
compdef _kith kith
`,
  fish: (program) =>
    program.commands
      .flatMap((each) => [
        `complete -c kith -n __fish_use_subcommand -f -a ${each.name()} -d '${each.description().replace(/'/g, '’')}'`,
        ...optionsOf(each).map(
          ({ long, says }) =>
            `complete -c kith -n '__fish_seen_subcommand_from ${each.name()}' -l ${long.slice(2)} -d '${says}'`,
        ),
      ])
      .join('\n')
      .concat('\n'),
}

/** Prints what a shell needs to complete the commands and their options. */
export function printCompletion(shell: string, program: Command): void {
  const script = Object.hasOwn(scripts, shell) ? scripts[shell] : undefined
  if (!script) throw new CannotStart(`The shell is one of ${Object.keys(scripts).join(', ')}.`)
  process.stdout.write(script(program))
}
