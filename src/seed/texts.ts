import { escapeMarkup, escaping } from '../texts/escape.ts'
import { summaryLength } from '../texts/html.ts'
import { lands } from './names.ts'
import { chance, pick, type Random, whole } from './random.ts'
import { announcements, type Topic, topics } from './topics.ts'

/** A text as it is stored. */
export type Text = { title: string; html: string; summary: string; words: string }

const towns = lands.flatMap((land) => land.towns.map(({ name }) => name.replace(/,.*/, '')))

const people = [
  ...['my neighbour', 'my sister', 'an old friend', 'a colleague', 'my grandfather', 'somebody here', 'my aunt'],
  ...['a man at the market', 'my flatmate', 'the woman next door', 'a friend from {town}', 'my cousin in {town}'],
]
const times = [
  ...['this morning', 'last night', 'on Sunday', 'last week', 'all spring', 'since January', 'before work', 'in May'],
  ...[
    'for the third time',
    'over the holidays',
    'on the first dry day',
    'after years',
    'yesterday',
    'at six in the morning',
  ],
]
const moods = [
  ...['and I could not be happier', 'which was harder than I thought', 'and nobody got hurt', 'with mixed results'],
  ...[
    'and it was worth every minute',
    'slowly, but it works',
    'to my own surprise',
    'as one does',
    'mostly by accident',
  ],
  ...['and now I am tired', 'and I would do it again', 'and the kitchen looks like it'],
]

// In sentences, {thing}, {doing} and {trouble} come from the topic; with a capital letter they begin a sentence.
const openings = [
  'Spent {hours} hours {doing} {time}, {mood}.',
  '{Time} I was {doing} in {town} when {person} came along.',
  '{Person} gave me {thing} {time}, and I am still not sure what to do with it all.',
  "I've been {doing} {time}, {mood}.",
  '{Doing} is not what I had planned for {time}, but here we are.',
  'Done with {thing} at last, {mood}.',
  '{Time} I finally tried {doing}.',
  'Does anybody else start {doing} and forget the time?',
  'Greetings from {town}, where I am {doing} with {person}.',
  'Look what {person} brought from {town}: {thing}.',
  'It took me {years} years to understand that {doing} is mostly waiting.',
  'Today was all about {thing}, {mood}.',
  'There is nothing like {doing} {time}.',
  'I promised to write about {thing}, so here it is.',
  'Whenever I am {doing}, {trouble}.',
  'What I learned from {person} about {doing}: take your time.',
]
const middles = [
  'Of course {trouble}, but that is half of it.',
  '{Person} says I should try {doing} instead.',
  'The trick, if there is one, is to begin with {thing} and leave the rest for later.',
  'At first {trouble}; then {person} showed me how it is done.',
  'I had read about {doing}, but it looks different with {thing} in front of you.',
  'We talked about {thing} for {hours} hours.',
  'It was {person} who got me into {doing} in the first place.',
  'When {trouble}, I usually stop and make tea.',
  'It cost next to nothing: {thing}, an afternoon, and some patience.',
  'In {town} they do it differently, and I have begun to see why.',
  "Don't ask me how, but {thing} turned out fine.",
  'I kept notes {time}: {years} pages, and most of them say "again".',
  '{Doing} and {doing} do not go together, I know that now.',
  'If {trouble}, it helps to have {person} around.',
  '{Person} laughed, because {trouble} every single time.',
  'I would not have thought that {thing} could keep me busy for {years} weeks.',
  'Somebody asked about {thing} the other day: it is still there, and still in use.',
  'My plan for next year is {doing} without {thing}.',
  'The first {years} attempts went straight into the bin.',
  'You need less than you think: {thing} and a free morning.',
]
const closings = [
  'More {time} next year, I hope.',
  'If you are near {town}, come and have a look.',
  "I'll write again when I know more.",
  'How do you do it?',
  'Next on the list: {doing}.',
  'Thanks to everybody who helped with {thing}.',
  'And yes, {trouble}, as always.',
  'Pictures will follow, once {person} has found the camera.',
  '{Person} sends regards.',
  "That's all for today.",
  'Tell me I am not the only one.',
]
const questions = [
  'What do you do when {trouble}?',
  'Has anybody here tried {doing} with {thing}?',
  'Would you start with {thing}, or with something simpler?',
  'Who has done this before, and what should I know?',
  'Is {doing} worth it, or should I listen to {person}?',
  'How long did it take you?',
]
const titles = [
  'What do you do when {trouble}?',
  '{Doing}: how do you begin?',
  'Experiences with {thing}?',
  '{Doing} in {town}',
  'Who is {doing} {time}?',
  'Looking for advice about {thing}',
  '{Doing}, year {years}: what I would do differently',
  'Is anybody else {doing}?',
  'Why {trouble}, and what helps',
  '{Thing}, or something else?',
  'Show us what you are working on: {thing}',
  'Things nobody told me about {doing}',
  'A meeting in {town}, for everybody who likes {doing}',
  'Unpopular opinion: {doing} is overrated',
]

/** Announcements of the staff are about the community itself. */
const house: Topic = {
  ...announcements,
  within: [],
  things: [
    ...['the search', 'the list of categories', 'the rules of this place', 'the newsletter', 'the welcome page'],
    ...['the calendar', 'the notifications'],
  ],
  doing: [
    ...[
      'moving to a larger server',
      'tidying up the categories',
      'answering your letters',
      'preparing the summer meeting',
    ],
    ...['training new moderators', 'restoring the backups, as an exercise'],
  ],
  trouble: ['the pages load slowly', 'a message gets lost', 'the calendar is wrong', 'the search finds nothing'],
}
const houseSentences = {
  openings: [
    'We are {doing}, and want to tell you why.',
    'There is news about {thing}.',
    'You wrote to us that {trouble}, and you were right.',
    'We have spent the last {hours} weeks {doing}.',
    'Thank you for {years} months of patience with {thing}.',
  ],
  middles: [
    'It will take {hours} days, and you need not do anything.',
    'If {trouble}, please tell us.',
    '{Thing} will look a little different, but everything stays where it is.',
    'It was {person} who brought it up at the last meeting in {town}.',
    'We begin with {thing}; the rest comes later.',
    'Nothing you have written is lost.',
  ],
  closings: ['Questions? Ask below.', 'Thank you for your help with {thing}.', 'See you in {town}.'],
  questions: ['What do you think about {thing}?', 'What should come next?', 'Who would like to help with {thing}?'],
  titles: ['News about {thing}', 'We are {doing}', 'Next meeting in {town}', 'When {trouble}: what we do about it'],
}
const ownSentences = { openings, middles, closings, questions, titles }

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** The sentences of one text: no part is repeated in a row, and no sentence occurs twice. */
function createVoice(random: Random, topic: Topic) {
  const last = new Map<string, string>()
  const used = new Set<string>()

  function fresh(blank: string, from: readonly string[]): string {
    let picked = pick(random, from)
    while (from.length > 1 && picked === last.get(blank)) picked = pick(random, from)
    last.set(blank, picked)
    return picked
  }

  function fill(blank: string): string {
    if (blank === 'thing') return fresh(blank, topic.things)
    if (blank === 'doing') return fresh(blank, topic.doing)
    if (blank === 'trouble') return fresh(blank, topic.trouble)
    if (blank === 'town') return fresh(blank, towns)
    if (blank === 'time') return fresh(blank, times)
    if (blank === 'mood') return fresh(blank, moods)
    if (blank === 'person') return said(fresh(blank, people))
    return String(2 + whole(random, blank === 'hours' ? 5 : 11))
  }

  /** A sentence with its blanks filled, and theirs; a blank with a capital begins one. */
  const said = (sentence: string): string =>
    sentence.replace(/\{(\w+)\}/g, (_, blank: string) => {
      const name = blank.toLowerCase()
      return name === blank ? fill(name) : capital(fill(name))
    })

  return {
    said,
    /** At most this many sentences, and at least one unless all have been used. */
    some(from: string[], most: number): string[] {
      const left = from.filter((sentence) => !used.has(sentence))
      const taken = Array.from({ length: Math.min(left.length, 1 + whole(random, most)) }, () => {
        const [sentence] = left.splice(whole(random, left.length), 1) as [string]
        used.add(sentence)
        return sentence
      })
      return taken.map(said)
    },
  }
}

type Kind = 'status' | 'post' | 'discussion'

/** A made-up text about a topic; without a topic, by the staff about the community. */
export function writeText(random: Random, kind: Kind, topic: Topic | null): Text {
  const about = topic ?? house
  const sentences = topic ? ownSentences : houseSentences
  const { said, some } = createVoice(random, about)
  const blocks: { html: string; words: string }[] = []
  const paragraph = (parts: string[]) => {
    const words = parts.join(' ')
    if (words) blocks.push({ html: `<p>${escapeText(words)}</p>`, words })
  }
  const opening = some(sentences.openings, 1)
  if (kind === 'status') paragraph([...opening, ...(chance(random, 0.6) ? some(sentences.middles, 2) : [])])
  else {
    paragraph([...opening, ...some(sentences.middles, 4)])
    for (let more = whole(random, kind === 'post' ? 4 : 3); more > 0; more--) paragraph(some(sentences.middles, 4))
    if (topic && chance(random, 0.15)) {
      const from = whole(random, 3)
      const items = topic.things.slice(from, from + 3 + whole(random, 3)).map(capital)
      blocks.push({
        html: `<ul>${items.map((item) => `<li>${escapeText(item)}</li>`).join('')}</ul>`,
        words: items.join('\n'),
      })
    }
    if (topic && chance(random, 0.1)) {
      const [strong, rest] = [said('{Doing}'), said('{mood}')]
      blocks.push({
        html: `<p><strong>${escapeText(strong)}</strong>, ${escapeText(rest)}.</p>`,
        words: `${strong}, ${rest}.`,
      })
    }
    if (kind === 'discussion') paragraph(some(sentences.questions, 2))
    else if (chance(random, 0.7)) paragraph(some(sentences.closings, 1))
  }
  const words = blocks.map((block) => block.words).join('\n')
  return {
    title: kind === 'discussion' ? said(pick(random, sentences.titles)) : '',
    html: blocks.map((block) => block.html).join(''),
    summary: summarise(words),
    words,
  }
}

/** What somebody says of themselves. */
export const sayOf = (random: Random, interest: Topic, work: string, town: string) =>
  pick(random, [
    `${work} in ${town}. Happiest when ${pick(random, interest.doing)}.`,
    `${work}. ${capital(pick(random, interest.doing))} and ${pick(random, pick(random, topics).doing)}.`,
    `Here for ${interest.name.toLowerCase()}, mostly.`,
    `${town}. ${interest.slogan}`,
    `${work} by day, ${pick(random, interest.doing)} by night.`,
  ])

const escapeText = escaping(/[&<>]/g)

// The same as writeHtml, for texts of single-unit characters: cleaning a million of them would take minutes and
// change nothing. A test compares the two.
function summarise(words: string): string {
  const line = words.replaceAll('\n', ' ')
  const cut = line.length > summaryLength ? line.slice(0, summaryLength).trimEnd() : line
  const escaped = escapeMarkup(cut)
  return cut.length < line.length ? `${escaped} ...` : escaped
}
