/** Commands that can print their result as JSON. */
export type Said = { json?: boolean }

/** Prints the result of a command: in words, or as a JSON document if asked for. */
export const say = ({ json }: Said, document: object, words: string): void =>
  console.log(json ? JSON.stringify(document) : words)
