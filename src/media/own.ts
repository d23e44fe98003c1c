import { type OwnRows, ownRows } from '../platform/sql/own-rows.ts'

/** A member's medias, published or not; the bytes are among the files. */
export const ownMedias: Record<string, OwnRows> = {
  medias: ownRows('media: what a member has', ($) => ({
    key: 'media.id',
    json: `json_build_object('id', media.id, 'type', media.type, 'title', media.title, 'description', media.description,
      'url', media.url, 'image', media.image, 'mimetype', media.mimetype, 'size', media.size, 'metadata', media.metadata,
      'added_at', media.added_at, 'contribution', media.contribution_id)`,
    from: `from media where media.owner_id = ${$.member}`,
  })),
  uploads: ownRows('media: uploads of a member that are under way', ($) => ({
    key: '(extract(epoch from u.expires_at) * 1000000)::bigint',
    json: `json_build_object('filename', u.filename, 'total', u.total, 'received', u.received, 'expires_at', u.expires_at)`,
    from: `from upload u where u.owner_id = ${$.member}`,
  })),
}
