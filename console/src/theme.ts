import { effect, signal } from '@preact/signals'

/** The light the console is in: what the browser wishes, or what was chosen here. */
export type Theme = 'auto' | 'light' | 'dark'

const key = 'kith-console-theme'

function kept(): Theme {
  try {
    const value = localStorage.getItem(key)
    return value === 'light' || value === 'dark' ? value : 'auto'
  } catch {
    return 'auto'
  }
}

const wish = matchMedia('(prefers-color-scheme: dark)')

export const theme = signal<Theme>(kept())
/** What is on the screen: charts and pictures are drawn with it. */
export const isDark = signal(false)

const look = () => {
  isDark.value = theme.value === 'auto' ? wish.matches : theme.value === 'dark'
}
wish.addEventListener('change', look)

effect(() => {
  document.documentElement.dataset.theme = theme.value
  look()
  try {
    if (theme.value === 'auto') localStorage.removeItem(key)
    else localStorage.setItem(key, theme.value)
  } catch {
    // A browser that keeps nothing forgets this, too.
  }
})

/** A colour of the style sheet as it is now, for what is drawn on a canvas. */
export const colour = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
