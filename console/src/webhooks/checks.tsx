import { useState } from 'preact/hooks'
import { Code } from '../parts/code.tsx'
import { type Checks, checksOf } from './verify-code.ts'

/** Code that checks the signature of what was sent, in the language of whoever looks. */
export function CheckCode({ body, header }: { body: string; header: string }) {
  const [language, setLanguage] = useState<keyof Checks>('Node.js')
  const checks = checksOf(body, header)
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset has a legend, which would say what the heading says */}
      <div class="choice" role="group" aria-label="Language">
        {(Object.keys(checks) as (keyof Checks)[]).map((each) => (
          <button
            key={each}
            type="button"
            class="small"
            aria-pressed={each === language}
            onClick={() => setLanguage(each)}
          >
            {each}
          </button>
        ))}
      </div>
      <Code label="code that checks this signature" text={checks[language]} />
      <p class="hint">
        Put the secret of the endpoint into <code>WEBHOOK_SECRET</code>. The shell sends the payload to a receiver of
        yours as well, signed anew: <code>RECEIVER</code> says where.
      </p>
    </>
  )
}
