import createCache from '@emotion/cache'
import { CacheProvider } from '@emotion/react'
import { createRoot } from 'react-dom/client'
import { prepareBrowser } from './browser.ts'
import { type Community, readCommunity } from './community.ts'
import { settleSession, type Tokens } from './session.ts'
import { chosenLanguage, told } from './told.ts'
import { words } from './words.ts'

prepareBrowser()

const root = document.getElementById('root') as HTMLElement

/** Without the server there is nothing to show: says so, and tries again once somebody asks. */
function sayUnreachable(): void {
  const text = document.createElement('p')
  text.textContent = words.unreachable
  const button = document.createElement('button')
  button.textContent = words.reload
  button.onclick = () => location.reload()
  root.replaceChildren(text, button)
}

async function start(): Promise<void> {
  document.documentElement.lang = chosenLanguage()
  const application = import('./application.tsx')
  let found: [Tokens | null, Community]
  try {
    // Whoever is sent away to sign in first has nothing to read yet.
    const tokens = await settleSession()
    found = [tokens, await readCommunity()]
  } catch (error) {
    console.warn(error)
    return sayUnreachable()
  }
  const [tokens, community] = found
  const { Application } = await application
  const styles = createCache({ key: 'css', nonce: told.nonce, prepend: true })
  createRoot(root).render(
    <CacheProvider value={styles}>
      <Application tokens={tokens} community={community} />
    </CacheProvider>,
  )
}

void start()
