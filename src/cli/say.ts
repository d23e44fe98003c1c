/** Commands that were asked to say what came of it as JSON. */
export type Said = { json?: boolean }

/** Says what came of a command: in words, or as a JSON document where that was asked for. */
export const say = ({ json }: Said, document: object, words: string): void =>
  console.log(json ? JSON.stringify(document) : words)
