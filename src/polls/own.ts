import { type OwnRows, ownRows } from '../platform/sql/own-rows.ts'

/** The polls a member has made, and their votes in any poll. */
export const ownPolls: Record<string, OwnRows> = {
  polls: ownRows('polls: those a member has made', ($) => ({
    key: 'p.id',
    json: `json_build_object('id', p.id, 'title', p.title, 'multiple_choices', p.multiple_choices, 'closed', p.closed,
      'expiration_at', p.expiration_at, 'added_at', p.added_at, 'modified_at', p.modified_at,
      'choices', (select json_agg(json_build_object('choice', ch.choice, 'vote_count', ch.vote_count) order by ch.position)
        from poll_choice ch where ch.poll_id = p.id))`,
    from: `from poll p where p.author_id = ${$.member}`,
  })),
  poll_votes: ownRows('polls: what a member has voted for', ($) => ({
    key: 'v.id',
    json: `json_build_object('poll', v.poll_id, 'title', p.title, 'choice', ch.choice)`,
    from: `from poll_vote v join poll p on p.id = v.poll_id join poll_choice ch on ch.id = v.choice_id
      where v.member_id = ${$.member}`,
  })),
}
