import { defineTarget } from '../marks/target.ts'
import Type from '../platform/schema.ts'
import { renderSql } from '../platform/sql/view.ts'
import { WebhookUser } from '../users/views.ts'
import { contributionEvents } from './events.ts'
import { lockContribution, lockContributions } from './find.ts'
import { capital, forEachKind } from './kinds.ts'
import { markData, webhookWithinViews } from './views.ts'

/** Contributions as targets of votes, flags, follows, suspensions and hidings. */
export const targets = forEachKind((kind) =>
  defineTarget({
    name: kind.name,
    id: kind.id,
    table: 'contribution',
    bytes: 'octet_length(t.html)',
    lock: (tx, ctx, id, who) => lockContribution(tx, ctx, kind, id, who),
    lockEach: (tx, asked, who) => lockContributions(tx, kind, asked, who),
    followed: { events: contributionEvents[kind.name], data: (flags, since) => markData(kind, flags, since) },
    shown: (flags) => renderSql(webhookWithinViews[kind.name], flags),
    toldAsShown: true,
    voteSchema: Type.Object(
      {
        user: WebhookUser.schema,
        voted_at: Type.String({ format: 'date-time' }),
        object_type: Type.Literal(kind.name),
        [kind.name]: webhookWithinViews[kind.name].schema,
      },
      { $id: `WebhookVote${capital(kind.name)}`, additionalProperties: false },
    ),
  }),
)
