/** Options of an LRUCache that takes room as entries come: `max` would take the room of all of them at once. */
export const growing = (most: number) => ({ maxSize: most, sizeCalculation: () => 1 })
