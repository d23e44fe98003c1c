import { type OwnRows, ownRows } from '../platform/sql/own-rows.ts'

/** A member's present and former avatars; the bytes are among the files. */
export const ownAvatars: Record<string, OwnRows> = {
  avatars: ownRows('avatars: what a member has', ($) => ({
    key: 'a.id',
    json: `json_build_object('id', a.id, 'address', a.path, 'uploaded_at', a.uploaded_at)`,
    from: `from avatar a where a.user_id = ${$.member}`,
  })),
}
