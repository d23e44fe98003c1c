import { MenuItem, Link as MuiLink, Paper, Stack, TextField, Typography } from '@mui/material'
import { SCRoutes, useSCUser } from '@selfcommunity/react-core'
import { NotificationFeed } from '@selfcommunity/react-templates'
import { PrivateMessageComponent, UserProfileEdit } from '@selfcommunity/react-ui'
import { SCPrivateMessageType } from '@selfcommunity/types'
import type { PageProps } from '../current.tsx'
import { go, useUrl } from '../router.tsx'
import { chooseLanguage, chosenLanguage, type Language, languages } from '../told.ts'
import { languageNames, words } from '../words.ts'

export const Notifications = () => <NotificationFeed />

/** Threads, and the one that is open. */
export function Messages({ params }: PageProps) {
  const url = useUrl()
  const open = (id: string) => go(url(SCRoutes.USER_PRIVATE_MESSAGES_ROUTE_NAME, { id }))
  // What is in it fills what it is given, and is nothing without a height.
  return (
    <Paper sx={{ height: { xs: 'calc(100dvh - 136px)', md: 'calc(100dvh - 96px)' }, overflow: 'hidden' }}>
      <PrivateMessageComponent
        id={params.id ? Number(params.id) || params.id : undefined}
        type={params.id === 'new' ? SCPrivateMessageType.NEW : SCPrivateMessageType.USER}
        onItemClick={(id: number) => open(String(id))}
        onThreadBack={() => go(url(SCRoutes.USER_PRIVATE_MESSAGES_ROUTE_NAME, {}))}
      />
    </Paper>
  )
}

/** A member's own settings, whosever are asked for. */
export function Settings() {
  const { user } = useSCUser()
  if (!user) return null
  return (
    <Paper sx={{ p: 2, maxWidth: 820, mx: 'auto' }}>
      <Typography variant="h5" component="h1" gutterBottom>
        {words.settings}
      </Typography>
      <UserProfileEdit id="settings" />
      <Stack direction="row" spacing={3} alignItems="center" sx={{ mt: 3 }}>
        <TextField
          select
          size="small"
          label={words.language}
          value={chosenLanguage()}
          onChange={(event) => chooseLanguage(event.target.value as Language)}
        >
          {languages.map((each) => (
            <MenuItem key={each} value={each}>
              {languageNames[each]}
            </MenuItem>
          ))}
        </TextField>
        <MuiLink href="/apps">{words.apps}</MuiLink>
      </Stack>
    </Paper>
  )
}
