import { type Theme, ThemeProvider } from '@mui/material'
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

/** Of a category, who follows it is told to members: the button that shows them is left out for others, how many stays. */
function withoutFollowers(theme: Theme): Theme {
  const components = (theme.components ?? {}) as Record<string, object>
  const defaultProps = { CategoryFollowersButtonProps: { category: null, categoryId: null, sx: { display: 'none' } } }
  return {
    ...theme,
    components: { ...components, SCCategoryHeader: { ...components.SCCategoryHeader, defaultProps } },
  } as Theme
}

export function Category({ params, signedIn }: PageProps) {
  const category = <CategoryTemplate categoryId={Number(params.id)} />
  return signedIn ? category : <ThemeProvider theme={withoutFollowers}>{category}</ThemeProvider>
}
export const Categories = () => <AllCategories />

export function FollowedCategories({ params }: PageProps) {
  const { scUser } = useSCFetchUser({ id: Number(params.id) })
  return scUser ? <UserFollowedCategoriesWidget userId={scUser.id} limit={20} /> : null
}
