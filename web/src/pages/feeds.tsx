import { Endpoints } from '@selfcommunity/api-services'
import { ExploreFeed, MainFeed } from '@selfcommunity/react-templates'
import { Feed, FeedObject, FeedObjectSkeleton, SCFeedObjectTemplateType } from '@selfcommunity/react-ui'
import { settingOf } from '../community.ts'
import type { PageProps } from '../current.tsx'
import { Said } from '../said.tsx'
import { words } from '../words.ts'

export const Explore = () => <ExploreFeed />

/** The first page: what concerns the member; of visitors, what there is. */
export function Home({ signedIn, community }: PageProps) {
  if (signedIn) return <MainFeed />
  if (settingOf(community, 'configurations.explore_stream_enabled')) return <ExploreFeed />
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
