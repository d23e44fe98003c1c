import Type from 'typebox'
import { Compile } from 'typebox/compile'
import { createApp as create } from '../oauth/apps.ts'
import { appInputs, type SentApp } from '../oauth/inputs.ts'
import { CannotStart } from '../platform/process.ts'
import { findMember, withKith } from './with-kith.ts'

export type CreateAppOptions = {
  redirectUri?: string[]
  grant?: string[]
  scope?: string[]
  public?: true
  trusted?: true
  member?: string
}

const inputs = Compile(Type.Object(appInputs))

/** Makes an app and prints its client id and secret. */
export const createApp = (name: string, options: CreateAppOptions) =>
  withKith('create-app', async (kith) => {
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
    const fault = [...inputs.Errors(sent)][0]
    if (fault) throw new CannotStart(`${fault.instancePath.split('/')[1] ?? 'app'}: ${fault.message}.`)
    const made = await create({ kith, db: kith.db, now: kith.clock.now() }, sent as SentApp)
    const { client_id, client_secret } = JSON.parse(made.json)
    console.log(`client_id     ${client_id}`)
    if (client_secret) console.log(`client_secret ${client_secret}`)
  })
