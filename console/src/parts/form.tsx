import { type ComponentChildren, createContext } from 'preact'
import { useContext, useId, useState } from 'preact/hooks'
import { ApiError } from '../api.ts'

/** What is wrong with the fields of the form around, by their names. */
const Faults = createContext<Record<string, string>>({})

type FormProps = {
  /** What the button says. */
  action: string
  /** Sends it. An ApiError it throws is shown at its fields, and what is of none above the button. */
  onSend(values: FormData): Promise<unknown>
  /** Besides the button. */
  also?: ComponentChildren
  /** Names of the fields that are shown: what is wrong with others is said above the button. */
  fields: string[]
  danger?: boolean
  children: ComponentChildren
}

/** A form that sends itself by the API, says what is wrong where it is wrong, and is not sent twice. */
export function Form({ action, onSend, also, fields, danger, children }: FormProps) {
  const [error, setError] = useState<Error | null>(null)
  const [busy, setBusy] = useState(false)
  const faults = error instanceof ApiError ? error.fields : {}
  const elsewhere = Object.entries(faults).filter(([name]) => !fields.includes(name))
  const isOfFields = Object.keys(faults).length > 0 && elsewhere.length === 0
  return (
    <form
      class="form"
      // What was wrong with what was sent is not what is there now.
      onInput={() => setError(null)}
      onSubmit={async (event) => {
        event.preventDefault()
        const form = event.currentTarget
        if (busy) return
        setBusy(true)
        setError(null)
        try {
          await onSend(new FormData(form))
        } catch (failed) {
          setError(failed as Error)
          requestAnimationFrame(() => form.querySelector<HTMLElement>('[aria-invalid=true]')?.focus())
        }
        setBusy(false)
      }}
    >
      <Faults.Provider value={faults}>{children}</Faults.Provider>
      {error && (
        <p class="failed" role="alert">
          {isOfFields ? 'Something is not right yet. It is said at the field.' : error.message}
        </p>
      )}
      <div class="buttons">
        <button type="submit" class={danger ? 'danger' : 'main'} disabled={busy}>
          {busy ? 'One moment …' : action}
        </button>
        {also}
      </div>
    </form>
  )
}

type FieldProps = {
  name: string
  label: string
  hint?: ComponentChildren
  required?: boolean
}

/** A label, its field, a hint, and what is wrong with it. The field takes the given id and description. */
function Labelled({
  name,
  label,
  hint,
  children,
}: FieldProps & {
  children: (of: { id: string; 'aria-describedby'?: string; 'aria-invalid'?: true }) => ComponentChildren
}) {
  const id = useId()
  const fault = useContext(Faults)[name]
  const described = [hint && `${id}-hint`, fault && `${id}-fault`].filter(Boolean).join(' ')
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, 'aria-describedby': described || undefined, 'aria-invalid': fault ? true : undefined })}
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {fault && (
        <p class="fault" id={`${id}-fault`}>
          {fault}
        </p>
      )}
    </div>
  )
}

type TextProps = FieldProps & {
  value?: string
  type?: 'text' | 'url' | 'email' | 'password' | 'number' | 'search' | 'datetime-local'
  rows?: number
  maxLength?: number
  min?: number
  max?: number
  placeholder?: string
  autoComplete?: string
  onInput?(value: string): void
}

/** A text of one line, or of several. */
export function TextField({ rows, value, type = 'text', onInput, autoComplete = 'off', ...given }: TextProps) {
  const { name, label: _label, hint: _hint, ...rest } = given
  return (
    <Labelled {...given}>
      {(of) =>
        rows ? (
          <textarea {...rest} {...of} name={name} rows={rows} onInput={(event) => onInput?.(event.currentTarget.value)}>
            {value}
          </textarea>
        ) : (
          <input
            {...rest}
            {...of}
            name={name}
            type={type as 'text'}
            autocomplete={autoComplete}
            defaultValue={value}
            onInput={(event) => onInput?.(event.currentTarget.value)}
          />
        )
      }
    </Labelled>
  )
}

/** One of several. */
export function SelectField({
  options,
  value,
  onChange,
  ...given
}: FieldProps & { options: Record<string, string>; value?: string; onChange?(value: string): void }) {
  return (
    <Labelled {...given}>
      {(of) => (
        <select {...of} name={given.name} onChange={(event) => onChange?.(event.currentTarget.value)}>
          {Object.entries(options).map(([each, says]) => (
            <option key={each} value={each} selected={each === value}>
              {says}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  )
}

/** Yes or no. */
export function CheckField({
  name,
  label,
  hint,
  checked,
  onChange,
}: FieldProps & { checked?: boolean; onChange?(checked: boolean): void }) {
  const id = useId()
  return (
    <div class="field check">
      <input
        id={id}
        type="checkbox"
        name={name}
        defaultChecked={checked}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onChange={(event) => onChange?.(event.currentTarget.checked)}
      />
      <label for={id}>{label}</label>
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  )
}
