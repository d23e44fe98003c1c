import type { Reporter, TestModule } from 'vitest/node'

const top = 10

type Took = { ms: number; what: string }

function list(title: string, all: Took[]): void {
  console.log(`\n  The slowest ${title}, in seconds`)
  for (const { ms, what } of all.sort((a, b) => b.ms - a.ms).slice(0, top))
    console.log(`${(ms / 1_000).toFixed(1).padStart(8)}  ${what}`)
}

/** Names, after a run, what to mend first when the tests become slow. */
export default class Slowest implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const files = modules.map((file): Took => {
      const { collectDuration, duration } = file.diagnostic()
      return { ms: collectDuration + duration, what: file.relativeModuleId }
    })
    const tests = modules.flatMap((file) =>
      Array.from(file.children.allTests(), (test): Took => {
        return { ms: test.diagnostic()?.duration ?? 0, what: `${file.relativeModuleId}: ${test.fullName}` }
      }),
    )
    list('files', files)
    list('tests', tests)
    console.log('')
  }
}
