export type Preference = { section: string; name: string; value: unknown }
/** What the community is set to, by section and name, and what it has. */
export type Community = { preferences: Record<string, Preference>; features: string[] }

async function read<T>(path: string): Promise<T[]> {
  const response = await fetch(path, { headers: { Accept: 'application/json' } })
  if (!response.ok) throw new Error(`${path} answered ${response.status}`)
  return ((await response.json()) as { results: T[] }).results
}

export async function readCommunity(): Promise<Community> {
  const [preferences, features] = await Promise.all([
    read<Preference>('/api/v2/dynamic_preference/'),
    read<{ name: string; enabled: boolean }>('/api/v2/feature/'),
  ])
  return {
    preferences: Object.fromEntries(preferences.map((each) => [`${each.section}.${each.name}`, each])),
    features: features.filter(({ enabled }) => enabled).map(({ name }) => name),
  }
}

export const settingOf = ({ preferences }: Community, name: string): unknown => preferences[name]?.value
