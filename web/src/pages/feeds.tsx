import { Endpoints } from '@selfcommunity/api-services'
import { ExploreFeed, MainFeed } from '@selfcommunity/react-templates'
import {
  CategoriesPopularWidget,
  CategoriesSuggestionWidget,
  Feed,
  FeedObject,
  FeedObjectSkeleton,
  SCFeedObjectTemplateType,
  UserSuggestionWidget,
} from '@selfcommunity/react-ui'
import type { ComponentType } from 'react'
import { settingOf } from '../community.ts'
import type { PageProps } from '../current.tsx'
import { Said } from '../said.tsx'
import { words } from '../words.ts'

/** What stands beside a feed. The packages would add a way to the console of their makers, which is not here. */
const beside = (...components: ComponentType[]) =>
  components.map((component, position) => ({
    type: 'widget' as const,
    component,
    componentProps: {},
    column: 'right' as const,
    position,
  }))

const besideHome = beside(CategoriesSuggestionWidget, UserSuggestionWidget)
const besideExplore = beside(CategoriesPopularWidget, UserSuggestionWidget)

export const Explore = () => <ExploreFeed widgets={besideExplore} />

/** The first page: what concerns the member; of visitors, what there is. */
export function Home({ signedIn, community }: PageProps) {
  if (signedIn) return <MainFeed widgets={besideHome} />
  if (settingOf(community, 'configurations.explore_stream_enabled')) return <ExploreFeed widgets={besideExplore} />
  return <Said title={words.closed} more={words.closedMore} action={words.signIn} to="/signin/" />
}

type Contribution = { id: number; type: string }

/** Contributions of one kind that the member follows. */
function Followed({ type }: { type: 'post' | 'discussion' }) {
  const { url, method } = Endpoints.FeedObjectFollowingList as { url: (values: object) => string; method: string }
  return (
    <Feed
      id={`followed_${type}`}
      endpoint={{ url: () => url({ type }), method } as never}
      ItemComponent={FeedObject}
      itemPropsGenerator={(_: unknown, item: Contribution) => ({ feedObject: item, feedObjectType: item.type })}
      itemIdGenerator={(item: Contribution) => item.id}
      ItemSkeleton={FeedObjectSkeleton}
      ItemSkeletonProps={{ template: SCFeedObjectTemplateType.PREVIEW }}
      widgets={[]}
    />
  )
}

export const FollowedPosts = () => <Followed type="post" />
export const FollowedDiscussions = () => <Followed type="discussion" />
