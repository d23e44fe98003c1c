import { api } from '../api.ts'
import { useGet } from '../parts/data.ts'
import { CheckField, Form, TextField } from '../parts/form.tsx'
import { Section } from '../parts/page.tsx'
import { Failed, Loading } from '../parts/states.tsx'
import { toast } from '../parts/toast.tsx'
import type { Delivery } from '../types.ts'

const numberOf = (value: FormDataEntryValue | null) => (String(value ?? '').trim() ? Number(value) : null)

/** How an endpoint is delivered to. */
export function Settings({ id }: { id: number }) {
  const path = `/webhook/endpoint/${id}/delivery/`
  const settings = useGet<Delivery>(path)
  return (
    <Section title="How it is delivered to">
      {settings.error && <Failed error={settings.error} retry={() => void settings.reload()} />}
      {!settings.data && !settings.error && <Loading />}
      {settings.data && (
        <Form
          action="Save"
          fields={['rate_limit', 'concurrency', 'standard_headers']}
          onSend={async (values) => {
            await api.patch(path, {
              rate_limit: numberOf(values.get('rate_limit')),
              concurrency: numberOf(values.get('concurrency')),
              standard_headers: values.get('standard_headers') !== null,
            })
            toast('That is how it is delivered to from now on.')
          }}
        >
          <TextField
            name="rate_limit"
            label="Deliveries a second, at most"
            type="number"
            min={1}
            max={1_000_000}
            value={settings.data.rate_limit?.toString()}
            hint="Empty for no limit."
          />
          <TextField
            name="concurrency"
            label="Requests at a time, at most"
            type="number"
            min={1}
            max={256}
            value={settings.data.concurrency?.toString()}
            hint="Empty to leave it to Kith; 1 for one after the other."
          />
          <CheckField
            name="standard_headers"
            label="Headers of Standard Webhooks as well"
            checked={settings.data.standard_headers}
          />
        </Form>
      )}
    </Section>
  )
}
