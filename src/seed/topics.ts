/** What a category is about, with enough words to write about it all day. */
export type Topic = {
  name: string
  /** The names of its parent categories. */
  within: string[]
  slogan: string
  things: string[]
  doing: string[]
  /** What may go wrong, as a sentence without its beginning and end. */
  trouble: string[]
}

const list = (text: string) => text.split('; ')

const topic = (
  within: string,
  name: string,
  slogan: string,
  things: string,
  doing: string,
  trouble: string,
): Topic => ({
  name,
  within: within.split(' + '),
  slogan,
  things: list(things),
  doing: list(doing),
  trouble: list(trouble),
})

/** The top-level categories. */
export const grounds = [
  { name: 'Outdoors', slogan: 'Under the sky, whatever it does.' },
  { name: 'Kitchen', slogan: 'What is on the stove, and what came of it.' },
  { name: 'Workshop', slogan: 'Made, mended and taken apart.' },
  { name: 'Arts', slogan: 'To look at, to listen to, to make.' },
  { name: 'Living', slogan: 'Everything that happens between breakfast and bed.' },
  { name: 'Technology', slogan: 'Machines, and what to do about them.' },
]

/** The categories that people write about, the most popular first. */
export const topics: Topic[] = [
  topic(
    'Outdoors',
    'Gardening',
    'From the window box to the orchard.',
    'the tomato seedlings; the compost heap; an old pear tree; a row of beans; the raised beds; the herb spiral; a packet of poppy seeds; the cold frame',
    'pruning the apple tree; turning the compost; sowing the broad beans; mulching the beds; digging out brambles; saving seeds',
    'the leaves turn yellow; the slugs find everything; nothing comes up; the frost comes late; the soil dries out in a day',
  ),
  topic(
    'Kitchen',
    'Baking',
    'Flour, water, time.',
    'a rye loaf; the sourdough starter; a tray of cinnamon rolls; the bread oven; a plum tart; wholemeal flour; a tin of shortbread; the proving basket',
    'shaping the dough; feeding the starter; baking for the weekend; milling our own flour; laminating pastry; testing a new oven',
    'the crust splits on the side; the dough will not rise; the crumb stays gummy; the bottom burns; the glaze runs off',
  ),
  topic(
    'Arts',
    'Photography',
    'Light, and what it fell on.',
    'a roll of black and white film; the old rangefinder; a picture of the harbour; a wide lens; the darkroom; a box of negatives; the tripod; morning fog',
    'waiting for the light; scanning negatives; printing in the darkroom; walking around with one lens; sorting ten years of pictures; photographing strangers',
    'the horizon is never straight; everything comes out blue; the battery dies in the cold; the scanner leaves stripes; dust gets on the sensor',
  ),
  topic(
    'Outdoors',
    'Hiking',
    'Long ways home.',
    'the ridge trail; a pair of worn boots; the mountain hut; a map from the sixties; the coastal path; a light tent; the ford below the mill; a thermos of tea',
    'walking the ridge; sleeping above the tree line; crossing the valley on foot; planning a week in the hills; marking the trail; climbing before sunrise',
    'the weather turns at noon; the signs disappear; the boots leak; the hut is full; the bridge is gone',
  ),
  topic(
    'Arts',
    'Books',
    'Read, re-read and lent for ever.',
    'a novel in three volumes; the second-hand bookshop; a book of letters; the reading group; short stories; a translated poem; the library; a battered paperback',
    'reading aloud; sorting the shelves; starting a reading group; finishing a long novel; learning poems by heart; mending bindings',
    'the middle drags; the translation limps; nobody finishes the book; the ending gives it all away; the print is too small',
  ),
  topic(
    'Outdoors + Workshop',
    'Cycling',
    'Two wheels and a reason.',
    'a steel frame; the commuter bike; a new chain; the cargo trailer; a set of panniers; the old saddle; the dynamo light; a gravel road',
    'truing the wheels; riding to work; carrying the shopping by bike; touring along the river; cleaning the chain; riding in the rain',
    'the chain slips on hills; the spokes keep breaking; the brakes squeal; the light flickers; the bike lane ends in a hedge',
  ),
  topic(
    'Living',
    'Neighbourhood',
    'The street, the stairs, the square.',
    'the street party; a bench for the square; the tool library; the corner shop; the notice board; the shared courtyard; a lost cat; the flea market',
    'organising the street party; planting the tree pits; sharing a ladder; meeting the people upstairs; sweeping the square; saving the corner shop',
    'nobody answers the letters; the square floods; the key goes missing; the music goes on all night; everybody wants the same Saturday',
  ),
  topic(
    'Kitchen',
    'Soups and stews',
    'Slow, warm, enough for everybody.',
    'a pot of lentils; the pressure cooker; a good stock; my lentil soup; root vegetables; a handful of barley; the big enamel pot; smoked paprika',
    'making stock; soaking beans; cooking for twelve; freezing portions; stirring for an hour; roasting the vegetables first',
    'the beans stay hard; it tastes of nothing; the pot boils over; the bottom catches; there is never enough left for the next day',
  ),
  topic(
    'Technology',
    'Self-hosting',
    'Your machine, your rules, your backups.',
    'a small server in the cupboard; the backup disk; a second-hand thin client; the mail server; a reverse proxy; the family photo archive; the uptime graph; a spare power supply',
    'moving the calendar home; restoring from a backup; updating the database; writing down how it all works; monitoring the disks; retiring an old server',
    'the certificate expires on a Sunday; the disk fills up with logs; the router forgets everything; the backup turns out to be empty; the update waits for an answer',
  ),
  topic(
    'Arts',
    'Music',
    'Played, sung and hummed.',
    'the old upright piano; a borrowed cello; the village choir; a record from the attic; a fiddle tune; the rehearsal room; a set of strings; the second movement',
    'practising scales; singing in a choir; tuning the piano; learning the accordion; writing down tunes; playing for dancing',
    'the strings will not stay in tune; the tenor is always ill; the neighbours knock; the tempo runs away; the pages stick together',
  ),
  topic(
    'Workshop',
    'Woodworking',
    'Measure twice.',
    'a workbench; the dovetail saw; a stack of oak boards; a three-legged stool; linseed oil; the marking gauge; a drawer that sticks; an heirloom plane',
    'sharpening the chisels; cutting dovetails; planing rough boards; building a bookcase; restoring a chair; turning a bowl',
    'the boards warp; the glue lets go; the saw wanders; the drawer sticks in summer; the finish stays tacky',
  ),
  topic(
    'Living',
    'Pets',
    'Those who let us live with them.',
    'a rescued greyhound; the two old cats; a bag of hay; the vet; a nervous puppy; the guinea pigs; a scratching post; the chicken run',
    'walking the dog before work; training a puppy; brushing the cat; building a chicken run; looking after an old dog; fostering kittens',
    'the cat ignores the new bed; the dog eats socks; the hens stop laying; the puppy wakes at four; they will not share a room',
  ),
  topic(
    'Technology',
    'Programming',
    'What we tell machines, and why they do not listen.',
    'a small script; the test suite; a stack trace; the database schema; an old codebase; a patch; the build; a parser',
    "reading other people's code; writing tests first; deleting dead code; learning a new language; reviewing patches; hunting a race",
    'the tests pass only on Tuesdays; the build takes an hour; nobody remembers why it is there; the types lie; the fix breaks two other things',
  ),
  topic(
    'Kitchen',
    'Coffee and tea',
    'The first cup, and the second.',
    'a hand grinder; the moka pot; a tin of oolong; freshly roasted beans; the enamel kettle; a chipped teapot; a cold brew; a bag of peppermint',
    'roasting beans at home; timing the brew; tasting teas side by side; cleaning the grinder; drying mint; brewing for guests',
    'it comes out bitter; the grinder clogs; the water is too hard; the milk curdles; the pot drips on everything',
  ),
  topic(
    'Outdoors',
    'Birdwatching',
    'Sit still, look up.',
    'a pair of swifts; the nest box; the reed bed; a kingfisher; second-hand binoculars; the dawn chorus; a flock of cranes; the feeder',
    'counting swifts; putting up nest boxes; getting up before the birds; learning calls; watching the reed bed; keeping a list',
    'the squirrels empty the feeder; everything brown looks the same; the binoculars fog up; the nest box stays empty; they fly off at once',
  ),
  topic(
    'Living',
    'Running and health',
    'One foot, then the other.',
    'a pair of trail shoes; the park loop; the first ten kilometres; a stiff knee; a rest day; the training diary; the Sunday run; a foam roller',
    'running before breakfast; stretching properly; training for a half marathon; sleeping enough; coming back after an injury; swimming in the lake',
    'the knee complains; the alarm loses; the shoes wear out on one side; it rains sideways; the last kilometre never ends',
  ),
  topic(
    'Workshop',
    'Sewing and knitting',
    'Thread, yarn, patience.',
    'a wool pullover; the treadle machine; a box of buttons; a linen shirt; three skeins of sock yarn; a patchwork quilt; a zip; a paper pattern',
    'darning socks; setting in a sleeve; dyeing wool with onion skins; altering a coat; knitting on the train; quilting by hand',
    'the tension is never right; the sleeves differ; the yarn runs out; the machine skips stitches; the moths got there first',
  ),
  topic(
    'Workshop',
    'Repair',
    'Nothing is thrown away yet.',
    'a toaster; the washing machine; a reading lamp; a radio from 1962; the repair café; a box of screws; a cracked vase; the coffee machine',
    'soldering a loose wire; finding spare parts; taking a radio apart; gluing china; descaling the kettle; replacing a zip',
    'one screw is always left over; the part is no longer made; the plastic clips break; it works only while the lid is off; the manual is in no known language',
  ),
  topic(
    'Arts',
    'Film',
    'In the dark, together.',
    'a silent film; the open-air screen; a print with scratches; the last row; a documentary about bees; the film club; a long take; the projector',
    'programming the film club; watching silents with live music; threading the projector; arguing about endings; translating subtitles; sitting through the credits',
    'the sound drifts; everybody talks; the subtitles are too fast; the bulb blows; the ending is missing',
  ),
  topic(
    'Living',
    'Family',
    'Those we did not choose.',
    'a box of letters; the birthday cake; the school run; a bedtime story; the family tree; the long drive; a lost tooth; the photo album',
    'writing down family stories; cooking with children; sorting the attic; visiting my grandmother; getting everybody out of the door; building a den',
    'nobody wants to go to bed; the shoes vanish; the stories contradict each other; the rain cancels the trip; they all talk at once',
  ),
  topic(
    'Kitchen + Outdoors',
    'Foraging and preserving',
    'Picked, dried, pickled.',
    'a basket of chanterelles; wild garlic; a shelf of jars; rose hips; plum jam; fermented cabbage; elderflower syrup; the drying rack',
    'picking elderflowers; boiling jam; salting cabbage; drying apple rings; learning to tell mushrooms apart; bottling tomatoes',
    'the jam will not set; the lids do not seal; somebody was there before us; the mould wins; the wasps arrive first',
  ),
  topic(
    'Technology + Workshop',
    'Electronics',
    'Smoke stays inside.',
    'a weather station; the soldering iron; a drawer of resistors; a solar panel; the oscilloscope; a home-made amplifier; a tiny display; an old transistor radio',
    'etching a board; measuring the current; building a weather station; reading data sheets; winding a coil; debugging with a lamp',
    'it hums; the fuse goes; the sensor freezes; the joint is cold; it works until the case is closed',
  ),
  topic(
    'Technology',
    'Maps and open data',
    'Where things are, and who may know.',
    'a footpath that is not on the map; the bus timetable; a survey from 1890; a GPS track; the address register; a map of drinking fountains; aerial pictures; a bench',
    'mapping the footpaths; checking addresses; drawing a map by hand; walking with a GPS; asking the town for data; counting benches',
    'the path ends at a fence; the names differ on every map; the licence forbids it; the numbers do not add up; the river has moved',
  ),
  topic(
    'Technology',
    'Privacy',
    'Less is known about you here.',
    'a password manager; an old phone; the cookie banner; a letter to the registry; encrypted mail; a second browser; a paper calendar; the app permissions',
    'leaving a big platform; moving my family to another messenger; reading the small print; asking for my data; cleaning up old accounts; explaining it to my parents',
    'everybody else is still there; the form asks for everything; the key is lost; the answer comes after months; the banner returns every day',
  ),
]

/** New members follow both of these; only staff writes in the second. */
export const welcome = { name: 'Welcome', slogan: 'Say hello, ask anything.' }
export const announcements = { name: 'Announcements', slogan: 'What is new, from those who look after this place.' }
