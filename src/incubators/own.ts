import { type OwnRows, ownRows } from '../platform/sql/own-rows.ts'

/** What a member proposed, and what they support. */
export const ownIncubators: Record<string, OwnRows> = {
  incubators: ownRows('incubators: those a member proposed', ($) => ({
    key: 'incubator.id',
    json: `json_build_object('id', incubator.id, 'name', incubator.name, 'slug', incubator.slug, 'slogan', incubator.slogan, 'status', incubator.status,
      'category', incubator.category_id, 'added_at', incubator.added_at)`,
    from: `from incubator where incubator.author_id = ${$.member}`,
  })),
  incubators_supported: ownRows('incubators: those a member supports', ($) => ({
    key: 's.place',
    json: `json_build_object('id', incubator.id, 'name', incubator.name, 'supported_at', s.added_at)`,
    from: `from incubator_subscriber s join incubator on incubator.id = s.incubator_id where s.member_id = ${$.member}`,
  })),
}
