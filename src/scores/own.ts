import { type OwnRows, ownRows } from '../platform/sql/own-rows.ts'
import { manual, typeNameSql } from './worth.ts'

/** What a member gained and lost, without the notes on points given by hand, which may be for moderators only. */
export const ownScores: Record<string, OwnRows> = {
  scores: ownRows('scores: those of a member', ($) => ({
    key: 's.id',
    json: `json_build_object('id', s.id, 'score', s.points, 'reputation_type', s.type,
      'reputation_type_description', ${typeNameSql('s.type')}, 'reputed_at', s.at,
      'comment', case when s.type <> ${manual} or s.created_by = s.member_id then s.comment end,
      'reputation_context', case when s.type <> ${manual} or s.created_by = s.member_id then s.context end)`,
    from: `from score s where s.member_id = ${$.member}`,
  })),
}
