/** Lists in which contributions are shown. */
export const lists = ['/suggestion/poll/']
