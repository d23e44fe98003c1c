import { createApp as create } from '../oauth/apps.ts'
import { appInputs, type SentApp } from '../oauth/inputs.ts'
import { compileReader } from '../platform/http/reader.ts'
import { type Said, say } from './say.ts'
import { changeKith, findMember } from './with-kith.ts'

export type CreateAppOptions = Said & {
  redirectUri?: string[]
  grant?: string[]
  scope?: string[]
  public?: true
  trusted?: true
  member?: string
}

/** Makes an app and prints its client id and secret. */
export const createApp = (name: string, options: CreateAppOptions) =>
  changeKith('create-app', options, async (kith, note) => {
    const { redirectUri, grant, scope, member } = options
    const sent = {
      name,
      confidential: !options.public,
      trusted: Boolean(options.trusted),
      ...(redirectUri && { redirect_uris: redirectUri }),
      ...(grant && { grants: grant }),
      ...(scope && { scopes: scope }),
      ...(member && { member_id: (await findMember(kith, { user: member })).id }),
    }
    const read: Record<string, unknown> = {}
    compileReader(appInputs, { pathNames: [] }).rest({}, sent, read)
    const made = await create({ kith, db: kith.db, now: kith.clock.now() }, read as SentApp)
    const { id, client_id, client_secret } = JSON.parse(made.json)
    note({ id })
    const words = [`client_id     ${client_id}`, ...(client_secret ? [`client_secret ${client_secret}`] : [])]
    say(options, { id, client_id, ...(client_secret && { client_secret }) }, words.join('\n'))
  })
