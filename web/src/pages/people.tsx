import { Box, Button, List, ListItem, Paper, Stack, TextField, Typography } from '@mui/material'
import { http } from '@selfcommunity/api-services'
import { SCRoutes, useSCUser } from '@selfcommunity/react-core'
import { UserProfile } from '@selfcommunity/react-templates'
import { Category as CategoryItem, User } from '@selfcommunity/react-ui'
import { type SCCategoryType, SCConnectionStatus, type SCUserType } from '@selfcommunity/types'
import { useSnackbar } from 'notistack'
import { type FormEvent, type ReactNode, useEffect, useState } from 'react'
import type { PageProps } from '../current.tsx'
import { go, Link, useUrl } from '../router.tsx'
import { Said } from '../said.tsx'
import { words } from '../words.ts'

type Page<Row> = { results: Row[]; next: string | null; count?: number }

/** The rows of a list so far, and a way to more; null until the first are there. Nothing is read at an empty address. */
function useRows<Row>(address: string) {
  const [rows, setRows] = useState<Row[] | null>(null)
  const [next, setNext] = useState<string | null>(null)
  const [failed, setFailed] = useState<number | null>(null)
  async function load(from: string, before: Row[], isStale: () => boolean) {
    try {
      const { data } = await http.request<unknown, Page<Row>>({ url: from, method: 'GET' })
      if (isStale()) return
      setRows([...before, ...data.results])
      setNext(data.next)
      setFailed(null)
    } catch (error) {
      if (!isStale()) setFailed((error as { response?: { status: number } }).response?.status ?? 0)
    }
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: the list is another with another address, and only then
  useEffect(() => {
    let over = false
    setRows(null)
    if (address) void load(address, [], () => over)
    return () => {
      over = true
    }
  }, [address])
  const drop = (which: (row: Row) => boolean) => setRows((now) => now?.filter((row) => !which(row)) ?? null)
  const more = next && rows ? () => load(next, rows, () => false) : null
  return { rows, more, failed, drop }
}

type PeopleProps<Row> = {
  title: string
  address: string
  memberOf?: (row: Row) => SCUserType
  beside?: (member: SCUserType, drop: () => void) => ReactNode
  above?: ReactNode
}

/** A list of members as long as anybody reads on. */
function People<Row = SCUserType>({
  title,
  address,
  memberOf = (row) => row as unknown as SCUserType,
  beside,
  above,
}: PeopleProps<Row>) {
  const { rows, more, failed, drop } = useRows<Row>(address)
  if (failed === 404 || failed === 403)
    return <Said title={words.notFound} more={words.notFoundMore} action={words.toHome} to="/" />
  return (
    <Paper sx={{ p: 2, maxWidth: 720, mx: 'auto' }}>
      <Typography variant="h5" component="h1" gutterBottom>
        {title}
      </Typography>
      {above}
      {failed !== null && <Typography role="alert">{words.failed}</Typography>}
      {rows?.length === 0 && <Typography>{words.nobody}</Typography>}
      <List>
        {rows?.map((row) => {
          const member = memberOf(row)
          const extra = beside?.(member, () => drop((each) => memberOf(each).id === member.id))
          return (
            <ListItem key={member.id} disableGutters sx={{ display: 'flex', flexWrap: 'wrap', gap: 1 }}>
              <Box sx={{ flex: '1 1 16rem', minWidth: 0 }}>
                <User user={member} elevation={0} />
              </Box>
              {extra}
            </ListItem>
          )
        })}
      </List>
      {more && <Button onClick={() => void more()}>{words.more}</Button>}
    </Paper>
  )
}

const listOf =
  (title: string, path: string) =>
  ({ params }: PageProps) => <People title={title} address={`/api/v2/user/${Number(params.id)}/${path}/?limit=20`} />

/** Whom a member is connected with; one's own list leads to those who asked, and who were asked. */
export function Connections({ params }: PageProps) {
  const { user } = useSCUser()
  const url = useUrl()
  const id = Number(params.id)
  return (
    <People
      title={words.connections}
      address={`/api/v2/user/${id}/connections/?limit=20`}
      above={
        user?.id === id && (
          <Stack direction="row" spacing={2}>
            <Button component={Link} to={url(SCRoutes.USER_PROFILE_CONNECTIONS_REQUESTS_ROUTE_NAME, user)}>
              {words.requests}
            </Button>
            <Button component={Link} to={url(SCRoutes.USER_PROFILE_CONNECTIONS_REQUESTS_SENT_ROUTE_NAME, user)}>
              {words.requestsSent}
            </Button>
          </Stack>
        )
      }
    />
  )
}
export const Followers = listOf(words.followers, 'followers')
export const Followings = listOf(words.followings, 'followings')

type Request = Record<'from_user' | 'to_user', SCUserType>

/** What the packages know by now of the request of a member, who is answered by a button of theirs or by another page. */
function useIsAsked(member: SCUserType): boolean {
  const { connections = [] } = useSCUser().managers.connections ?? {}
  const known = (connections as unknown as Record<number, string | null>[]).find((each) => member.id in each)
  return !known || known[member.id] === SCConnectionStatus.CONNECTION_REQUEST_RECEIVED
}

/** Says no to who asked, as long as nothing is answered. The packages have a button to accept, and none for this. */
function Reject({ member, onDone }: { member: SCUserType; onDone: () => void }) {
  const { enqueueSnackbar } = useSnackbar()
  const { refreshCounters } = useSCUser()
  const asked = useIsAsked(member)
  const [busy, setBusy] = useState(false)
  async function reject() {
    setBusy(true)
    try {
      await http.request({ url: `/api/v2/user/${member.id}/connection/reject/`, method: 'POST' })
      enqueueSnackbar(words.rejected, { variant: 'success' })
      void refreshCounters()
      onDone()
    } catch {
      enqueueSnackbar(words.failed, { variant: 'error' })
      setBusy(false)
    }
  }
  if (!asked) return null
  return (
    <Button variant="outlined" size="small" disabled={busy} onClick={() => void reject()}>
      {words.reject}
    </Button>
  )
}

export const Requests = () => (
  <People<Request>
    title={words.requests}
    address="/api/v2/user/connection/requests/?limit=20"
    memberOf={({ from_user }) => from_user}
    beside={(member, drop) => <Reject member={member} onDone={drop} />}
  />
)

export const RequestsSent = () => (
  <People<Request>
    title={words.requestsSent}
    address="/api/v2/user/connection/requests_sent/?limit=20"
    memberOf={({ to_user }) => to_user}
  />
)

/** A field that asks for another address of the page it is on. */
function Find({ label, text, path, name }: { label: string; text: string; path: string; name: string }) {
  const [value, setValue] = useState(text)
  function submit(event: FormEvent) {
    event.preventDefault()
    go(value.trim() ? `${path}?${name}=${encodeURIComponent(value.trim())}` : path)
  }
  return (
    <form onSubmit={submit}>
      <TextField
        fullWidth
        size="small"
        type="search"
        label={label}
        value={value}
        onChange={(event) => setValue(event.target.value)}
        inputProps={{ maxLength: 100 }}
      />
    </form>
  )
}

export function Members({ query }: PageProps) {
  const name = query.get('name') ?? ''
  const address = name
    ? `/api/v2/user/search/?user=${encodeURIComponent(name)}&limit=20`
    : '/api/v2/user/?limit=20&ordering=-date_joined'
  return (
    <People
      title={words.members}
      address={address}
      above={<Find label={words.searchMembers} text={name} path="/members/" name="name" />}
    />
  )
}

/** Categories and members whose name contains the text. */
export function Search({ query }: PageProps) {
  const text = query.get('q')?.trim() ?? ''
  const sought = encodeURIComponent(text)
  const categories = useRows<SCCategoryType>(text && `/api/v2/category/search/?search=${sought}&limit=50`)
  const members = useRows<SCUserType>(text && `/api/v2/user/search/?user=${sought}&limit=50`)
  const nothing = categories.rows?.length === 0 && members.rows?.length === 0
  return (
    <Paper sx={{ p: 2, maxWidth: 720, mx: 'auto' }}>
      <Typography variant="h5" component="h1" gutterBottom>
        {text ? words.results(text) : words.search}
      </Typography>
      <Find label={words.search} text={text} path="/search/" name="q" />
      {(categories.failed ?? members.failed) !== null && <Typography role="alert">{words.failed}</Typography>}
      {nothing && <Typography sx={{ mt: 2 }}>{words.nothing}</Typography>}
      <List>
        {categories.rows?.map((category) => (
          <ListItem key={`c${category.id}`} disableGutters>
            <Box sx={{ flex: 1, minWidth: 0 }}>
              <CategoryItem category={category} elevation={0} />
            </Box>
          </ListItem>
        ))}
        {members.rows?.map((member) => (
          <ListItem key={`u${member.id}`} disableGutters>
            <Box sx={{ flex: 1, minWidth: 0 }}>
              <User user={member} elevation={0} />
            </Box>
          </ListItem>
        ))}
      </List>
    </Paper>
  )
}

export function Profile({ params }: PageProps) {
  const url = useUrl()
  return (
    <UserProfile
      userId={Number(params.id)}
      onEditClick={(user) => go(url(SCRoutes.USER_PROFILE_SETTINGS_ROUTE_NAME, user))}
    />
  )
}
