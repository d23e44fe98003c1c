import createCache from '@emotion/cache'
import { CacheProvider } from '@emotion/react'
import { createRoot } from 'react-dom/client'
import { Application } from './application.tsx'
import type { Community } from './community.ts'
import type { Tokens } from './session.ts'
import { told } from './told.ts'

/** Puts the application into the page. */
export function show(root: HTMLElement, tokens: Tokens | null, community: Community): void {
  const styles = createCache({ key: 'css', nonce: told.nonce, prepend: true })
  createRoot(root).render(
    <CacheProvider value={styles}>
      <Application tokens={tokens} community={community} />
    </CacheProvider>,
  )
}
