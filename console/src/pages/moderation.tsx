import { useState } from 'preact/hooks'
import { api } from '../api.ts'
import { type Pages, usePages } from '../parts/data.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Form, SelectField, TextField } from '../parts/form.tsx'
import { figureOf, List } from '../parts/list.tsx'
import { Badge, Page, type Tone } from '../parts/page.tsx'
import { Empty, Failed, Loading } from '../parts/states.tsx'
import { Time } from '../parts/time.tsx'
import { toast, toastError } from '../parts/toast.tsx'
import { Block } from '../people/acts.tsx'
import { type ModerationUser, plain, Standing, type User, Who } from '../people/member.tsx'
import { told } from '../session.ts'
import { useSettled } from './members.tsx'

type Case = {
  contribution_type: string
  contribution: {
    id: number
    author: ModerationUser
    added_at: string
    title: string
    html: string
    summary: string
    deleted: boolean
    collapsed: boolean
    comment_count: number
    vote_count: number
    flag_count: number
    flag_count_detail: Record<string, number>
    thread_id: number
    thread_type: string
    thread_slug: string
  }
  last_flagged_at: string | null
  moderation_status: 'open' | 'ignored' | 'hidden' | 'deleted'
  moderation_type: number | null
  moderation_by: User | null
  moderation_at: string | null
}

const reasons: Record<string, string> = { 0: 'Spam', 1: 'Aggressive', 2: 'Vulgar', 3: 'Poor', 4: 'Off topic' }

const decided: Record<Case['moderation_status'], [Tone, string]> = {
  open: ['warn', 'Open'],
  ignored: ['calm', 'Ignored'],
  hidden: ['bad', 'Collapsed'],
  deleted: ['bad', 'Deleted'],
}

type Flag = { user: User; added_at: string; flag_type: number }

function Flags({ of: { contribution_type, contribution }, onClose }: { of: Case; onClose(): void }) {
  const flags = usePages<Flag>(`/moderation/contribution/${contribution.id}/flag/`, { contribution_type })
  return (
    <Dialog title="Who flagged it" onClose={onClose} wide>
      <List
        caption="Flags"
        of={flags}
        keyOf={({ user }) => user.id}
        empty={<p>Nobody has flagged it; a moderator has taken it up.</p>}
        columns={[
          { title: 'Member', heading: true, cell: ({ user }) => <Who of={user} /> },
          { title: 'As', cell: ({ flag_type }) => reasons[flag_type] },
          { title: 'When', cell: ({ added_at }) => <Time at={added_at} /> },
        ]}
      />
    </Dialog>
  )
}

type Action = 'hide' | 'delete' | 'ignore' | 'scold_author'

const asks: Record<'hide' | 'delete' | 'scold_author', { title: string; says: string; action: string; done: string }> =
  {
    hide: {
      title: 'Collapse it',
      says: 'Only its author still reads it. They are told why. You can take it back.',
      action: 'Collapse',
      done: 'It is collapsed.',
    },
    delete: {
      title: 'Delete it',
      says: 'Nobody but its author sees it, and they cannot restore it. They are told why. You can take it back.',
      action: 'Delete',
      done: 'It is deleted.',
    },
    scold_author: {
      title: 'Warn the author',
      says: 'The author is told that this is not what the community wants. It stays where it is.',
      action: 'Warn',
      done: 'The author is told.',
    },
  }

/** Asks for the reason, which its author is told. */
function Deciding({
  of,
  action,
  onClose,
  decide,
}: {
  of: Case
  action: keyof typeof asks
  onClose(): void
  decide(action: Action, reason?: number): Promise<void>
}) {
  const { title, says, action: word, done } = asks[action]
  const most = Object.entries(of.contribution.flag_count_detail).sort(([, a], [, b]) => b - a)[0]
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{says}</p>
      <Form
        action={word}
        danger={action === 'delete'}
        fields={['moderation_type']}
        onSend={async (values) => {
          await decide(action, Number(values.get('moderation_type')))
          toast(done)
          onClose()
        }}
      >
        <SelectField name="moderation_type" label="Why" options={reasons} value={most?.[1] ? most[0] : '0'} />
      </Form>
    </Dialog>
  )
}

function CaseCard({ of, list }: { of: Case; list: Pages<Case> }) {
  const { contribution, contribution_type: type, moderation_status: status } = of
  const { author, flag_count_detail: counts } = contribution
  const [open, setOpen] = useState<'flags' | 'block' | keyof typeof asks | null>(null)
  const [all, setAll] = useState(false)
  const text = plain(contribution.html)
  const own = author.id === told.member.id
  const [tone, says] = decided[status]
  const decide = async (action: Action, moderation_type?: number) => {
    await api.patch(`/moderation/contribution/${contribution.id}/`, {
      contribution_type: type,
      action,
      ...(moderation_type !== undefined && { moderation_type }),
    })
    await list.reload()
  }
  const back = (action: Action, done: string) =>
    decide(action).then(
      () => toast(done),
      (error) => toastError(error),
    )
  const close = () => setOpen(null)
  return (
    <li class="box case">
      <div class="heading">
        <h2>
          <Badge tone={tone}>{says}</Badge> <span class="kind">{type}</span>
        </h2>
        <span class="hint">
          written <Time at={contribution.added_at} />
        </span>
      </div>
      <Who of={author} /> {author.status === 'b' && <Standing of={author} />}
      {contribution.title && (
        <h3>
          <bdi>{contribution.title}</bdi>
        </h3>
      )}
      <blockquote class={all ? 'said' : 'said clamp'} dir="auto">
        {text || <span class="hint">(no words: a picture, a link or a poll)</span>}
      </blockquote>
      {text.length > 240 && (
        <button type="button" class="link" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? 'Less' : 'All of it'}
        </button>
      )}
      <p class="flags">
        {contribution.flag_count > 0 ? (
          <>
            <button type="button" class="link" onClick={() => setOpen('flags')}>
              {contribution.flag_count === 1 ? '1 flag' : `${figureOf(contribution.flag_count)} flags`}
            </button>
            {': '}
            {Object.entries(counts)
              .filter(([, n]) => n > 0)
              .map(([kind, n]) => `${figureOf(n)} × ${reasons[kind]?.toLowerCase()}`)
              .join(', ')}
            {of.last_flagged_at && (
              <span class="hint">
                {' '}
                · last <Time at={of.last_flagged_at} />
              </span>
            )}
          </>
        ) : (
          <span class="hint">No flags</span>
        )}
      </p>
      {of.moderation_by && of.moderation_at && status !== 'open' && (
        <p class="hint">
          {says} by <bdi>{of.moderation_by.username}</bdi> <Time at={of.moderation_at} />
          {of.moderation_type !== null && `, as ${reasons[of.moderation_type]?.toLowerCase()}`}
        </p>
      )}
      {own ? (
        <p class="hint">This is yours: another moderator has to deal with it.</p>
      ) : (
        <div class="actions">
          {status === 'hidden' ? (
            <button type="button" class="small main" onClick={() => void back('hide', 'It is shown again.')}>
              Show again
            </button>
          ) : (
            status !== 'deleted' && (
              <button type="button" class="small" onClick={() => setOpen('hide')}>
                Collapse
              </button>
            )
          )}
          {status === 'deleted' ? (
            <button type="button" class="small main" onClick={() => void back('delete', 'It is back.')}>
              Restore
            </button>
          ) : (
            <button type="button" class="small" onClick={() => setOpen('delete')}>
              Delete
            </button>
          )}
          {status === 'open' && (
            <button type="button" class="small" onClick={() => void back('ignore', 'It is ignored.')}>
              Ignore
            </button>
          )}
          {status === 'ignored' && (
            <button type="button" class="small" onClick={() => void back('ignore', 'It is open again.')}>
              Open again
            </button>
          )}
          <button type="button" class="small" onClick={() => setOpen('scold_author')}>
            Warn the author
          </button>
          {author.status === 'a' && (
            <button type="button" class="small" onClick={() => setOpen('block')}>
              Block the author
            </button>
          )}
        </div>
      )}
      {open === 'flags' && <Flags of={of} onClose={close} />}
      {open === 'block' && <Block of={author} onClose={close} onDone={() => void list.reload()} />}
      {open && open !== 'flags' && open !== 'block' && (
        <Deciding of={of} action={open} onClose={close} decide={decide} />
      )}
    </li>
  )
}

export default function Moderation() {
  const [status, setStatus] = useState('open')
  const [type, setType] = useState('')
  const [author, setAuthor] = useState('')
  const [order, setOrder] = useState('-last_flagged_at')
  const settled = useSettled(author)
  const cases = usePages<Case>('/moderation/contribution/', {
    moderation_status: status,
    contribution_type: type,
    author: settled.trim(),
    order_by: order,
    limit: 10,
  })
  const { rows, error, loading, count } = cases
  return (
    <Page
      title="Moderation"
      says="What members have flagged, and what was made of it. Whoever wrote it is told what you decide."
    >
      <search class="filters">
        <SelectField
          name="status"
          label="Decided"
          value={status}
          options={{ open: 'Not yet', hidden: 'Collapsed', deleted: 'Deleted', ignored: 'Ignored', '': 'All' }}
          onChange={setStatus}
        />
        <SelectField
          name="type"
          label="Kind"
          options={{ '': 'All', post: 'Posts', discussion: 'Discussions', status: 'Statuses', comment: 'Comments' }}
          onChange={setType}
        />
        <TextField name="author" label="Author" type="search" onInput={setAuthor} placeholder="Part of the username" />
        <SelectField
          name="order"
          label="First"
          options={{
            '-last_flagged_at': 'Flagged last',
            '-flag_count': 'Flagged most',
            last_flagged_at: 'Flagged longest ago',
            '-last_moderated_at': 'Decided last',
          }}
          onChange={setOrder}
        />
      </search>
      {error && <Failed error={error} retry={() => void cases.reload()} />}
      {!rows.length && loading && <Loading />}
      {!rows.length && !loading && !error && (
        <Empty title={status === 'open' && !settled && !type ? 'Nothing waits for you' : 'Nothing fits'}>
          {status === 'open' ? 'What members flag appears here.' : 'Try another filter.'}
        </Empty>
      )}
      <ul class="cases" aria-label="Cases" aria-busy={loading}>
        {rows.map((each) => (
          <CaseCard key={`${each.contribution_type} ${each.contribution.id}`} of={each} list={cases} />
        ))}
      </ul>
      {rows.length > 0 && (
        <p class="more">
          <span>
            {figureOf(rows.length)} of {figureOf(Math.max(count ?? 0, rows.length))}
          </span>
          {cases.hasMore && (
            <button type="button" disabled={loading} onClick={() => void cases.more()}>
              {loading ? 'Loading …' : 'Show more'}
            </button>
          )}
        </p>
      )}
    </Page>
  )
}
