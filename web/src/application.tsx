import { CssBaseline, GlobalStyles } from '@mui/material'
import { SCContextProvider, useSCUser } from '@selfcommunity/react-core'
import theme from '@selfcommunity/react-theme-default'
import { useEffect, useMemo } from 'react'
import type { Community } from './community.ts'
import { Current } from './current.tsx'
import { Link } from './router.tsx'
import { routesOf } from './routes.ts'
import { renewed, signIn, signOut, startAgain, type Tokens } from './session.ts'
import { Shell } from './shell.tsx'
import { chosenLanguage, told } from './told.ts'

type AuthToken = { accessToken: string; refreshToken?: string; expiresIn?: number }

/** What the packages are told of the session: they act with its token, and ask here for the next. */
function sessionOf(tokens: Tokens | null) {
  const described = ({ accessToken, refreshToken, expiresAt }: Tokens): AuthToken => ({
    accessToken,
    refreshToken,
    expiresIn: Math.round((expiresAt - Date.now()) / 1000),
  })
  return {
    type: 'OAuth',
    clientId: told.client,
    ...(tokens && { authToken: described(tokens) }),
    async handleRefreshToken({ authToken }: { authToken: AuthToken }) {
      const next = await renewed(authToken.accessToken)
      if (next) return described(next)
      await startAgain()
      throw new Error('The session has ended')
    },
    handleLogout: signOut,
  }
}

/** A session whose tokens the server no longer takes, as after the member withdrew them, begins anew. */
function Watch({ tokens }: { tokens: Tokens | null }) {
  const { user, loading, error } = useSCUser()
  const refused =
    tokens && !loading && !user && (error as { response?: { status?: number } } | null)?.response?.status === 401
  useEffect(() => {
    if (refused) void startAgain()
  }, [refused])
  return null
}

const styles = {
  'html, body': { overflowWrap: 'break-word' },
  // A category that has no wide picture would have an empty box on top of its page.
  '.SCCategoryHeader-cover[style*=\'url("")\']': {
    background: 'url(/api/v2/picture/cover.svg) center / cover !important',
  },
} as const

export function Application({ tokens, community }: { tokens: Tokens | null; community: Community }) {
  const conf = useMemo(
    () => ({
      portal: location.origin,
      locale: { default: chosenLanguage() },
      session: sessionOf(tokens),
      theme,
      router: { routerLink: Link, routes: routesOf(community) },
      preferences: community,
      notifications: { webSocket: { secure: location.protocol === 'https:', disableToastMessage: false } },
      handleAnonymousAction: () => void signIn(),
    }),
    [tokens, community],
  )
  return (
    // biome-ignore lint/suspicious/noExplicitAny: the packages type a refresh handler that is given nothing
    <SCContextProvider conf={conf as any}>
      <CssBaseline />
      <GlobalStyles styles={styles} />
      <Watch tokens={tokens} />
      <Shell community={community}>
        <Current community={community} signedIn={tokens !== null} />
      </Shell>
    </SCContextProvider>
  )
}
