export type Role = 'admin' | 'moderator'

/** What the server says of itself and of who looks, as the page is loaded. */
export type Told = {
  /** Of the community. */
  name: string
  publicAddress: string
  build: string
  member: { id: number; username: string; role: Role }
  /** What the form for signing out carries. */
  formToken: string
}

export const told: Told = JSON.parse(document.getElementById('kith')?.textContent ?? '{}')
export const isAdmin = told.member.role === 'admin'
