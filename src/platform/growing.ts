/** Options of an LRUCache that grows as entries come. `max` would allocate room for all of them at once. */
export const growing = (most: number) => ({ maxSize: most, sizeCalculation: () => 1 })
