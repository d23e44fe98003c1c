import { expect } from 'vitest'
import type { Answer, World } from '../support/world.ts'

export type Client = { id: number; client_id: string; client_secret: string | null }

export const password = 'correct Horse 9'

/** An app as an administrator makes it. */
export async function makeApp(world: World, sent: object = {}): Promise<Client> {
  const answer = await world.admin.post('/oauth/apps/', {
    name: 'Reader',
    grants: ['authorization_code', 'password'],
    redirect_uris: ['https://app.example/callback'],
    ...sent,
  })
  expect(answer.status, answer.text).toBe(201)
  return answer.body
}

/** A form that is sent to an address of OAuth, as clients do. */
export const sendForm = (world: World, path: string, form: Record<string, string>, headers = {}): Promise<Answer> =>
  world.send(`${world.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(form).toString(),
  })

export const shown = ({ client_id, client_secret }: Client): Record<string, string> =>
  client_secret ? { client_id, client_secret } : { client_id }

/** Signs a member in by name and password. */
export const signIn = (world: World, app: Client, username: string, more: Record<string, string> = {}) =>
  sendForm(world, '/oauth/token/', { ...shown(app), grant_type: 'password', username, password, ...more })

export const refresh = (world: World, app: Client, refresh_token: string, more: Record<string, string> = {}) =>
  sendForm(world, '/oauth/token/', { ...shown(app), grant_type: 'refresh_token', refresh_token, ...more })

/** What a token lets its bearer do. */
export const withToken = (world: World, token: string, path: string, method = 'GET') =>
  world.send(path, { method, headers: { authorization: `Bearer ${token}` } })
