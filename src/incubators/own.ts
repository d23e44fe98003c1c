import { type OwnRows, ownRows } from '../platform/sql/own-rows.ts'

/** What a member proposed, and what they support. */
export const ownIncubators: Record<string, OwnRows> = {
  incubators: ownRows('incubators: those a member proposed', ($) => ({
    key: 'i.id',
    json: `json_build_object('id', i.id, 'name', i.name, 'slug', i.slug, 'slogan', i.slogan, 'status', i.status,
      'category', i.category_id, 'added_at', i.added_at)`,
    from: `from incubator i where i.author_id = ${$.member}`,
  })),
  incubators_supported: ownRows('incubators: those a member supports', ($) => ({
    key: 's.place',
    json: `json_build_object('id', i.id, 'name', i.name, 'supported_at', s.added_at)`,
    from: `from incubator_subscriber s join incubator i on i.id = s.incubator_id where s.member_id = ${$.member}`,
  })),
}
