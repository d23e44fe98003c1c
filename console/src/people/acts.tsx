import { useState } from 'preact/hooks'
import { api } from '../api.ts'
import { Code } from '../parts/code.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Form, SelectField, TextField } from '../parts/form.tsx'
import { exactly } from '../parts/time.tsx'
import { toast } from '../parts/toast.tsx'
import { roleMeans, roles, type User } from './member.tsx'

type Props = { of: Pick<User, 'id' | 'username' | 'role'>; onClose(): void; onDone(): void }

/** Blocks a member for some days, or until somebody ends it. */
export function Block({ of, onClose, onDone }: Props) {
  return (
    <Dialog title={`Block ${of.username}`} onClose={onClose}>
      <p>
        Who is blocked can sign in and read, and does nothing that others see. What they have written stays. The member
        is told, and loses points until the block ends.
      </p>
      <Form
        action="Block"
        danger
        fields={['days_blocked']}
        onSend={async (values) => {
          const days = String(values.get('days_blocked') ?? '')
          await api.patch(`/moderation/user/${of.id}/`, {
            status: 'b',
            ...(days && { days_blocked: Number(days) }),
          })
          toast(`${of.username} is blocked${days ? ` for ${days} ${days === '1' ? 'day' : 'days'}` : ''}.`)
          onDone()
          onClose()
        }}
      >
        <TextField
          name="days_blocked"
          label="For how many days"
          type="number"
          min={1}
          max={36500}
          hint="Empty: until somebody ends it."
        />
      </Form>
    </Dialog>
  )
}

/** Gives a member a role, or takes it. */
export function GiveRole({ of, onClose, onDone }: Props) {
  const [role, setRole] = useState(of.role ?? '')
  return (
    <Dialog title={`Role of ${of.username}`} onClose={onClose}>
      <Form
        action="Give this role"
        danger={role === 'admin'}
        fields={['role']}
        onSend={async () => {
          await api.put(`/user/${of.id}/role/`, { role: role || null })
          toast(role ? `${of.username} is ${roles[role]?.toLowerCase()} now.` : `${of.username} has no role any more.`)
          onDone()
          onClose()
        }}
      >
        <SelectField
          name="role"
          label="Role"
          value={role}
          options={{
            '': 'None',
            publisher: 'Publisher',
            editor: 'Editor',
            moderator: 'Moderator',
            admin: 'Administrator',
          }}
          onChange={setRole}
          hint={roleMeans[role]}
        />
        {role === 'admin' && of.role !== 'admin' && (
          <p class="note warn">An administrator may take your role away, read every address, and delete members.</p>
        )}
      </Form>
    </Dialog>
  )
}

/** Deletes a member: softly, or with all they wrote. */
export function Delete({ of, onClose, onDone }: Props) {
  const [hard, setHard] = useState(false)
  return (
    <Dialog title={`Delete ${of.username}`} onClose={onClose}>
      <Form
        action={hard ? 'Erase this member' : 'Delete this member'}
        danger
        fields={['name']}
        onSend={async (values) => {
          if (String(values.get('name')).trim() !== of.username)
            throw new Error(`Type ${of.username} to show that you mean this member.`)
          await api.patch(`/moderation/user/${of.id}/`, { status: hard ? 'u' : 'd' })
          toast(hard ? `${of.username} is being erased.` : `${of.username} is deleted.`)
          onDone()
          onClose()
        }}
      >
        <fieldset class="choices">
          <legend>How</legend>
          <label>
            <input type="radio" name="how" checked={!hard} onChange={() => setHard(false)} />
            <span>
              <strong>Delete.</strong> They leave every list and cannot sign in. What they wrote stays, the name stays
              taken.
            </span>
          </label>
          <label>
            <input type="radio" name="how" checked={hard} onChange={() => setHard(true)} />
            <span>
              <strong>Erase.</strong> The profile is wiped, and all they wrote and did goes, from the event log, too.
            </span>
          </label>
        </fieldset>
        <p class="note warn">
          Neither can be taken back. Either way their connections, requests and following end, and receivers are told.
        </p>
        <TextField name="name" label={`Type ${of.username} to confirm`} required />
      </Form>
    </Dialog>
  )
}

/** A token for a member, shown once. */
export function MakeToken({ of, onClose }: Omit<Props, 'onDone'>) {
  const [made, setMade] = useState<{ token: string; expires_at: string } | null>(null)
  return (
    <Dialog title={`Token for ${of.username}`} onClose={onClose}>
      {made ? (
        <>
          <p>
            It is good until {exactly(made.expires_at)}, and shown this once. Whatever is done with it,{' '}
            <bdi>{of.username}</bdi> did.
          </p>
          <Code text={made.token} label="token" />
        </>
      ) : (
        <Form
          action="Make the token"
          fields={['hours']}
          onSend={async (values) => {
            setMade(await api.post(`/user/${of.id}/token/`, { hours: Number(values.get('hours')) }))
          }}
        >
          <p>For programs that act for this member. It cannot be taken back before its end.</p>
          <SelectField
            name="hours"
            label="Good for"
            value="1"
            options={{ 1: '1 hour', 4: '4 hours', 8: '8 hours', 24: 'A day' }}
          />
        </Form>
      )}
    </Dialog>
  )
}
