import { useState } from 'preact/hooks'
import { ApiError, api } from '../api.ts'
import { useGet } from '../parts/data.ts'
import { CheckField, Form, TextField } from '../parts/form.tsx'
import { Failed, Loading } from '../parts/states.tsx'
import { toast } from '../parts/toast.tsx'
import type { Endpoint, EventType } from '../types.ts'
import { TypePicker } from './type-picker.tsx'

type Reachability = {
  reachable: boolean
  address: string | null
  code: string | null
  reason: string | null
  ms: number
}

/** Makes an endpoint, or changes one. */
export function EndpointForm({
  endpoint,
  onDone,
  onCancel,
}: {
  endpoint?: Endpoint
  onDone(made: Endpoint): void
  onCancel?(): void
}) {
  const types = useGet<EventType[]>('/webhook/event_type/')
  const [target, setTarget] = useState(endpoint?.target ?? '')
  const [verify, setVerify] = useState(endpoint?.ssl_cert_verification ?? true)
  const [chosen, setChosen] = useState(new Set(endpoint?.events.map(({ type }) => type)))
  const [fault, setFault] = useState<string | undefined>()
  const [reach, setReach] = useState<Reachability | Error | 'asking' | null>(null)
  if (types.error) return <Failed error={types.error} retry={() => void types.reload()} />
  if (!types.data) return <Loading />

  async function check() {
    setReach('asking')
    try {
      setReach(await api.post<Reachability>('/webhook/endpoint/check/', { target, ssl_cert_verification: verify }))
    } catch (error) {
      setReach(error as Error)
    }
  }

  return (
    <Form
      action={endpoint ? 'Save' : 'Create endpoint'}
      fields={['target', 'description', 'events', 'ssl_cert_verification']}
      also={
        onCancel && (
          <button type="button" onClick={onCancel}>
            Cancel
          </button>
        )
      }
      onSend={async (values) => {
        setFault(undefined)
        if (!chosen.size) {
          const says = 'Choose the events it is to receive.'
          setFault(says)
          throw new ApiError(400, says, { events: says })
        }
        const body = {
          target: target.trim(),
          description: values.get('description'),
          ssl_cert_verification: verify,
          events: [...chosen].map((type) => ({ type })),
        }
        try {
          const made = endpoint
            ? await api.patch<Endpoint>(`/webhook/endpoint/${endpoint.id}/`, body)
            : await api.post<Endpoint>('/webhook/endpoint/', body)
          toast(endpoint ? 'The endpoint is changed.' : 'The endpoint is there. It is sent what happens from now on.')
          onDone(made)
        } catch (error) {
          if (error instanceof ApiError) setFault(error.fields.events)
          throw error
        }
      }}
    >
      <TextField
        name="target"
        label="Target"
        type="url"
        required
        maxLength={2000}
        value={target}
        placeholder="https://shop.example/hooks/kith"
        hint="The address of your receiver. Events are sent there by POST, as JSON."
        onInput={setTarget}
      />
      <p>
        <button type="button" class="small" disabled={!target || reach === 'asking'} onClick={() => void check()}>
          {reach === 'asking' ? 'Looking …' : 'Check whether it can be reached'}
        </button>
      </p>
      <div role="status">
        {reach instanceof Error && <p class="note bad">{reach.message}</p>}
        {reach && reach !== 'asking' && !(reach instanceof Error) && (
          <p class={`note ${reach.reachable ? 'good' : 'bad'}`}>
            {reach.reachable
              ? `${reach.address} takes connections, in ${reach.ms} ms. Nothing was sent.`
              : `It cannot be reached: ${reach.reason}.`}
          </p>
        )}
      </div>
      <TextField
        name="description"
        label="Description"
        value={endpoint?.description}
        maxLength={10_000}
        hint="For you and the others who look after this."
      />
      <CheckField
        name="ssl_cert_verification"
        label="The certificate of the receiver must be good"
        checked={verify}
        onChange={setVerify}
      />
      <TypePicker
        types={types.data}
        chosen={chosen}
        onChange={(now) => {
          setChosen(now)
          setFault(undefined)
        }}
        fault={fault}
      />
    </Form>
  )
}
