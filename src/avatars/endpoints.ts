import { activeMember, member } from '../auth/audience.ts'
import { uploads } from '../auth/rates.ts'
import { endpoint } from '../context.ts'
import { badField } from '../platform/errors.ts'
import { created, nothing, page } from '../platform/http/endpoint.ts'
import { fileOf, upload } from '../platform/http/input.ts'
import Type from '../platform/schema.ts'
import { pictureBytes, readBase64 } from '../users/pictures.ts'
import { addToAvatars } from './add.ts'
import { chooseAvatar } from './choose.ts'
import { listAvatars } from './list.ts'
import { removeAvatar } from './remove.ts'
import { Avatar } from './views.ts'

const avatar_id = Type.Integer({
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Id of one of your avatars.',
})

export const postAvatar = endpoint('POST /api/v2/user/avatar/', {
  summary: 'Add an Avatar to My Avatars',
  description: 'The picture is made square and shown from now on. Send one of the two.',
  who: activeMember,
  takes: {
    avatar: upload('A JPEG, PNG, WebP or GIF.'),
    avatar_base64: Type.Optional(Type.String({ description: 'The same as base64.' })),
  },
  uploads: { bytes: pictureBytes.avatar },
  rate: uploads,
  bodyLimit: Math.ceil((pictureBytes.avatar * 4) / 3) + 1_000,
  returns: created(Avatar),
  refuses: { 400: 'It is no picture that can be taken, or there is no room for more.' },
  act(ctx, { avatar, avatar_base64 }) {
    const file = fileOf('avatar', avatar)
    if (file) return addToAvatars(ctx, 'avatar', file.path)
    if (!avatar_base64) throw badField('avatar', 'required', 'Send a picture.')
    return addToAvatars(ctx, 'avatar_base64', readBase64('avatar_base64', avatar_base64, pictureBytes.avatar))
  },
})

export const getAvatars = endpoint('GET /api/v2/user/avatar/', {
  summary: 'Get All My Avatars',
  description: 'Newest first. The primary one is shown.',
  who: member,
  returns: page(Avatar),
  act: (ctx, { page }) => listAvatars(ctx, page),
})

export const patchAvatar = endpoint('PATCH /api/v2/user/avatar/', {
  summary: 'Set My Primary Avatar',
  who: activeMember,
  takes: { avatar_id },
  returns: nothing,
  refuses: { 400: 'You have no avatar with this id.' },
  act: (ctx, { avatar_id }) => chooseAvatar(ctx, avatar_id),
})

export const deleteAvatar = endpoint('DELETE /api/v2/user/avatar/', {
  summary: 'Remove An Avatar from My Avatars',
  description: 'If it was the primary one, the newest of the others takes its place; without any, Kith draws one.',
  who: activeMember,
  takes: { avatar_id },
  returns: nothing,
  refuses: { 400: 'You have no avatar with this id.' },
  act: (ctx, { avatar_id }) => removeAvatar(ctx, avatar_id),
})
