import { type OwnRows, ownRows } from '../platform/sql/own-rows.ts'

/** The categories that a member follows. */
export const ownCategories: Record<string, OwnRows> = {
  categories: ownRows('categories: what a member follows', ($) => ({
    key: 'f.place',
    json: `json_build_object('id', category.id, 'name', category.name, 'followed_at', f.added_at)`,
    from: `from category_follower f join category on category.id = f.category_id where f.member_id = ${$.member}`,
  })),
}
