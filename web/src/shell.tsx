import { AppBar, Box, Container, Icon, IconButton, type Theme, useMediaQuery, useTheme } from '@mui/material'
import { useSCUser } from '@selfcommunity/react-core'
import {
  BottomNavigation,
  NavigationToolbar,
  NavigationToolbarMobile,
  ToastNotifications,
} from '@selfcommunity/react-ui'
import type { SCSuggestionType } from '@selfcommunity/types'
import { type ReactNode, useState } from 'react'
import type { Community } from './community.ts'
import { go, Link, useAddress } from './router.tsx'
import { routesOf } from './routes.ts'
import { words } from './words.ts'

const fill = (template: string, values: object) =>
  template.replace(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(String((values as Record<string, unknown>)[name])),
  )

/** The bar takes every address for one below the first page, and would say everywhere that one is there. */
const notHome = {
  '& .SCNavigationToolbar-home.SCNavigationToolbar-active:not(:hover)': {
    // Its own rule is more precise.
    color: (theme: Theme) => `${theme.palette.primary.main} !important`,
    borderBottomColor: 'transparent !important',
  },
}

/** What is around every page: the bar above, on phones another and one below, and what is told as it happens. */
export function Shell({ community, children }: { community: Community; children: ReactNode }) {
  const small = useMediaQuery(useTheme().breakpoints.down('md'), { noSsr: true })
  const address = useAddress()
  const { user } = useSCUser()
  const [routes] = useState(() => routesOf(community))
  const threads = (routes.user_messages ?? '/messages/').split(':')[0] as string
  const search = {
    onSearch: (text: string) => go(`/search/?q=${encodeURIComponent(text)}`),
    onSuggestionSelect: (suggestion: SCSuggestionType) => {
      const { user, category } = suggestion as unknown as Record<'user' | 'category', object | undefined>
      if (user) go(fill(routes.user_profile as string, user))
      else if (category) go(fill(routes.category as string, category))
    },
  }
  const members = user ? (
    <IconButton component={Link} to="/members/" aria-label={words.members} title={words.members}>
      <Icon>people_alt</Icon>
    </IconButton>
  ) : null
  return (
    <>
      <Box
        component="a"
        href="#content"
        sx={{
          position: 'absolute',
          left: -9999,
          zIndex: 2000,
          p: 1,
          '&:focus': { left: 0, bgcolor: 'background.paper' },
        }}
      >
        {words.skip}
      </Box>
      <AppBar position="sticky" sx={address.startsWith('/?') || address === '/' ? null : notHome}>
        {small ? (
          <NavigationToolbarMobile startActions={members} SearchAutocompleteComponentProps={search} />
        ) : (
          <NavigationToolbar value={address} startActions={members} SearchAutocompleteComponentProps={search} />
        )}
      </AppBar>
      <Container component="main" id="content" tabIndex={-1} sx={{ pt: 2, pb: small ? 10 : 4, outline: 0 }}>
        {children}
      </Container>
      {small && user && (
        <Box sx={{ position: 'fixed', insetInline: 0, bottom: 0, zIndex: 'appBar' }}>
          <BottomNavigation value={address.startsWith(threads) ? threads : address} showLabels={false} />
        </Box>
      )}
      {user && <ToastNotifications />}
    </>
  )
}
