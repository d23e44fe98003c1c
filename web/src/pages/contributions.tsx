import { useSCFetchUser } from '@selfcommunity/react-core'
import { Category as CategoryTemplate, FeedObjectDetail } from '@selfcommunity/react-templates'
import { Categories as AllCategories, UserFollowedCategoriesWidget } from '@selfcommunity/react-ui'
import type { SCContributionType } from '@selfcommunity/types'
import type { PageProps } from '../current.tsx'

type Kind = Exclude<SCContributionType, SCContributionType.COMMENT>

const detail =
  (type: string) =>
  ({ params }: PageProps) => <FeedObjectDetail feedObjectId={Number(params.id)} feedObjectType={type as Kind} />

export const Post = detail('post')
export const Discussion = detail('discussion')
export const Status = detail('status')

/** A comment where it stands, below what it is about. */
export function Comment({ params }: PageProps) {
  return (
    <FeedObjectDetail
      feedObjectId={Number(params.contribution_id)}
      feedObjectType={params.contribution_type as Kind}
      CommentsFeedObjectProps={{ commentObjectId: Number(params.id) }}
    />
  )
}

export const Category = ({ params }: PageProps) => <CategoryTemplate categoryId={Number(params.id)} />
export const Categories = () => <AllCategories />

export function FollowedCategories({ params }: PageProps) {
  const { scUser } = useSCFetchUser({ id: Number(params.id) })
  return scUser ? <UserFollowedCategoriesWidget userId={scUser.id} limit={20} /> : null
}
