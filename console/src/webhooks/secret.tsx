import { useState } from 'preact/hooks'
import { api } from '../api.ts'
import { Code } from '../parts/code.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Form, SelectField } from '../parts/form.tsx'
import { Section } from '../parts/page.tsx'
import { toast, toastError } from '../parts/toast.tsx'
import { verifyCode } from './verify-code.ts'

const graces = {
  '86400': 'A day: both sign, so that you can change it in the receiver',
  '3600': 'An hour: both sign',
  '604800': 'A week: both sign',
  '0': 'None: the old one ends at once, because somebody knows it',
}

/** What the requests are signed with. It is not on the page until somebody asks for it. */
export function Secret({ id }: { id: number }) {
  const [secret, setSecret] = useState<string | null>(null)
  const [rotating, setRotating] = useState(false)
  const reveal = async () =>
    setSecret((await api.post<{ signing_secret: string }>(`/webhook/endpoint/${id}/secret/reveal/`)).signing_secret)
  return (
    <Section title="Signing secret">
      {secret === null ? (
        <p class="faint">
          Receivers check by it that a request is of this community. Whoever knows it can make up events; that it was
          shown is in the audit trail.
        </p>
      ) : (
        <>
          <Code label="secret" text={secret} />
          <details>
            <summary>How to check a signature</summary>
            <Code label="code that checks a signature" text={verifyCode} />
          </details>
        </>
      )}
      <div class="buttons">
        {secret === null ? (
          <button type="button" onClick={() => void reveal().catch(toastError)}>
            Reveal
          </button>
        ) : (
          <button type="button" onClick={() => setSecret(null)}>
            Hide
          </button>
        )}
        <button type="button" onClick={() => setRotating(true)}>
          Rotate …
        </button>
      </div>
      {rotating && (
        <Dialog title="Rotate the secret" onClose={() => setRotating(false)}>
          <Form
            action="Rotate"
            fields={['grace_seconds']}
            onSend={async (values) => {
              await api.post(`/webhook/endpoint/${id}/secret/expire/`, {
                grace_seconds: Number(values.get('grace_seconds')),
              })
              await reveal()
              setRotating(false)
              toast('There is a new secret. Put it into the receiver.')
            }}
          >
            <SelectField name="grace_seconds" label="How long the old one goes on" options={graces} value="86400" />
          </Form>
        </Dialog>
      )}
    </Section>
  )
}
