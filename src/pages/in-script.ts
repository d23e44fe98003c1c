/** Text of JSON that may stand in a script: nothing in it ends one. */
export const inScript = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c')
