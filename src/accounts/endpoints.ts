import { admin, member, selfOrAdmin } from '../auth/audience.ts'
import { mayGoOn } from '../auth/go-on.ts'
import { askedOf, type Ctx, endpoint } from '../context.ts'
import { redeem } from '../invitations/redeem.ts'
import { readAll } from '../platform/errors.ts'
import { data, ErrorBody, lines, nothing, one, type Returns } from '../platform/http/endpoint.ts'
import { answerLines, maxLineBytes, Sum } from '../platform/http/lines.ts'
import Type from '../platform/schema.ts'
import { nullable } from '../platform/sql/view.ts'
import { askToConfirm } from '../registrations/confirmation.ts'
import { readTags, tagsInput } from '../tags/find.ts'
import { email, extId, memberId, realName, url, username } from '../users/inputs.ts'
import { metadataInput, readMetadata, readMetadataOfNew } from '../users/metadata.ts'
import { base64Bytes, onlyPath, readPicturesOf } from '../users/pictures.ts'
import { renderPrivateProfile } from '../users/queries.ts'
import { PrivateProfile } from '../users/views.ts'
import { createMember } from './create.ts'
import { deleteMember } from './delete.ts'
import { findAccount, whoCalls } from './find.ts'
import { giveRole } from './give-role.ts'
import { importMembers, memberLine } from './import.ts'
import { checkPassword, password } from './password.ts'

const made = <Out>(returns: Returns<Out>): Returns<Out> => ({ ...returns, status: 201 })

const broughtCode = (description: string) => Type.Optional(Type.String({ maxLength: 40, description }))

export const createAccount = endpoint('POST /api/v2/account/create/', {
  summary: 'Create an account',
  description:
    'Creates an approved member who can do everything at once. A mail asks them to confirm their address: see ' +
    '`POST /account/verify/`.',
  who: admin,
  takes: {
    username,
    email,
    password,
    invite_code: broughtCode('An invitation that the member comes by.'),
    promo_code: broughtCode('The code of a promotion.'),
    custom_user_metadata: metadataInput,
  },
  checks: (ctx, { password, custom_user_metadata }) =>
    readAll({
      password: () => checkPassword(password ?? ''),
      metadata: () => readMetadataOfNew(ctx.community, custom_user_metadata ?? {}),
    }),
  returns: made(one(PrivateProfile)),
  refuses: { 400: 'The username or the e-mail address is taken, or the password is too simple.' },
  async act(ctx, { custom_user_metadata, ...member }) {
    const { kith, now, community } = ctx
    const { metadata } = await readAll({
      password: () => checkPassword(member.password),
      metadata: () => readMetadataOfNew(ctx.community, custom_user_metadata ?? {}),
    })
    const { email } = member
    const id = await createMember(ctx, { ...member, metadata }, async (tx, member_id) => {
      await redeem(tx, member, { member: member_id, email, now })
      await askToConfirm(tx, kith, community, { member: member_id, email, language: askedOf(ctx).language, now })
    })
    return renderPrivateProfile(ctx, id)
  },
})

const sought = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 255, description }))

export const searchAccount = endpoint('GET /api/v2/account/search/', {
  summary: 'Search a specific account',
  description:
    'Finds an account by one of these, in any case: `username`, `email`, or `ext_id` with the `provider` external.',
  who: admin,
  takes: {
    username: sought('The whole of it.'),
    email: sought('The whole of it.'),
    ext_id: sought('As it was given; its case counts.'),
    provider: sought('`external`.'),
  },
  returns: one(PrivateProfile),
  refuses: { 400: 'Too many of them were sent, or too few.', 404: 'Nobody is called so.' },
  act: (ctx, input) => findAccount(ctx, input),
})

export const ssoSignIn = endpoint('POST /api/v2/sso/signin/', {
  summary: 'Signin',
  description: 'Names the member of a token by the id that another system gave them.',
  who: member,
  returns: data(
    Type.Object(
      {
        id: Type.Integer(),
        ext_id: nullable(Type.String()),
        username: Type.String(),
        role: nullable(Type.String()),
        tags: Type.Array(Type.Integer()),
      },
      { $id: 'SignedIn', description: 'The member who calls.', additionalProperties: false },
    ),
  ),
  act: (ctx) => whoCalls(ctx),
})

const SignedUp = Type.Object(
  {
    id: Type.Integer(),
    ext_id: nullable(Type.String()),
    username: Type.String(),
    email: nullable(Type.String()),
    role: nullable(Type.String()),
    tags: Type.Array(Type.Integer()),
    avatar: nullable(Type.String()),
  },
  { $id: 'SignedUp', description: 'The account that was made.', additionalProperties: false },
)

type SentSignUp = { password?: string; custom_user_metadata?: Record<string, unknown> | null; tags?: number[] | null }

const readSignUp = (ctx: Ctx, { password, custom_user_metadata, tags }: SentSignUp) =>
  readAll({
    password: () => password && checkPassword(password),
    metadata: () => readMetadata(ctx.community, custom_user_metadata ?? {}),
    tag_ids: () => readTags(ctx.db, 'user', tags),
  })

export const signUp = endpoint('POST /api/v2/sso/signup/', {
  summary: 'Signup',
  description:
    'Makes an account for a member of another system, known there as `ext_id`. A picture at the address `avatar` ' +
    'is shown from there until Kith has fetched it, which it tries for some hours.',
  who: admin,
  takes: {
    ext_id: Type.Optional(nullable(extId)),
    username,
    real_name: Type.Optional(realName),
    email: Type.Optional(email),
    password: Type.Optional(password),
    avatar: Type.Optional(url),
    role: Type.Optional(nullable(Type.Enum(['admin', 'moderator', 'editor']))),
    avatar_base64: Type.Optional(Type.String({ description: 'A picture, which overrules `avatar`.' })),
    cover_base64: Type.Optional(Type.String()),
    tags: tagsInput,
    custom_user_metadata: metadataInput,
  },
  bodyLimit: base64Bytes,
  checks: readSignUp,
  returns: made(data(SignedUp)),
  refuses: { 400: 'The username, the e-mail address or the ext_id is taken.' },
  async act(ctx, { avatar_base64, cover_base64, ...member }) {
    const { metadata, tag_ids } = await readSignUp(ctx, member)
    const pictures = await readPicturesOf(ctx.kith, { avatar_base64, cover_base64 })
    const id = await createMember(ctx, { ...member, metadata, tag_ids, pictures, fetching: true })
    const { ext_id = null, username, email = null, role = null } = member
    const avatar = pictures.avatar ? `${askedOf(ctx).base}${onlyPath(pictures.avatar)}` : member.avatar || null
    return { id, ext_id, username, email, role, tags: tag_ids, avatar }
  },
})

const ImportedMember = Type.Union([
  Type.Object(
    { line: Type.Integer(), id: Type.Integer(), ext_id: Type.String(), made: Type.Boolean() },
    { additionalProperties: false },
  ),
  Type.Object({ line: Type.Optional(Type.Integer()), ...ErrorBody.properties }, { additionalProperties: false }),
  Sum,
])

export const importUsers = endpoint('POST /api/v2/user/import/', {
  summary: 'Import members',
  description:
    'Members of another system, one per line, any number of lines. A line is answered as soon as it is stored, ' +
    'with the id of the member; a refused line does not stop the others. Members whose `ext_id` is known stay as ' +
    'they are, so the same lines can be sent again. The last line of the answer is the sum.',
  extension: true,
  who: admin,
  takes: {
    events: Type.Optional(Type.Boolean({ description: 'Emit `user.created` for each new member; false by default.' })),
  },
  lines: { takes: memberLine, bytes: maxLineBytes },
  returns: lines(ImportedMember),
  act: (ctx, { events = false, lines }) =>
    answerLines(lines, async (members) => {
      await mayGoOn(ctx)
      const outcomes = await importMembers(ctx.kith, members, events)
      return outcomes.map((each, i) => ('id' in each ? { ...each, ext_id: members[i]?.ext_id } : each))
    }),
})

export const putRole = endpoint('PUT /api/v2/user/{id}/role/', {
  summary: 'Give a user a role',
  description:
    'Gives a role, or takes it away with null. Nobody changes their own, and the creator of the community stays ' +
    'an administrator.',
  extension: true,
  who: admin,
  takes: { id: memberId, role: nullable(Type.Enum(['admin', 'moderator', 'editor', 'publisher'])) },
  returns: nothing,
  act: (ctx, { id, role }) => giveRole(ctx, id, role),
})

export const deleteUser = endpoint('DELETE /api/v2/user/{id}/', {
  summary: 'Delete a specific user',
  description:
    'Soft: the member leaves every list and the name stays taken; what they wrote stays. Hard: the profile is ' +
    'wiped, and everything they wrote and did is erased, also from the event log. Either way all their requests, ' +
    'connections and follows end, each with its event; `user.deleted` carries the new status.',
  who: selfOrAdmin,
  takes: { id: memberId, hard: Type.Optional(Type.Boolean()) },
  returns: nothing,
  refuses: { 400: 'The member is soft deleted already.', 404: 'No member has this id.' },
  act: (ctx, { id, hard }) => deleteMember(ctx, id, hard ?? false),
})
