import { LRUCache } from 'lru-cache'

export type Lru<K extends {}, V extends {}> = LRUCache<K, V>

/**
 * A map of the entries that were used last. It grows as they come: given `max`, LRUCache takes room for all of them at
 * once, 36 bytes each.
 * @param most entries that are kept
 */
export const lru = <K extends {}, V extends {}>(most: number, dispose?: (value: V) => void): Lru<K, V> =>
  new LRUCache({ maxSize: most, sizeCalculation: () => 1, ...(dispose ? { dispose } : {}) })
