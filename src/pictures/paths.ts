/** The path of members' pictures that Kith draws; the id follows. */
export const avatarPath = '/api/v2/avatar/'

/** The path of reactions' pictures that Kith draws; a name and .svg follow. */
export const reactionPath = '/api/v2/picture/reaction/'

/** Other pictures that Kith draws. */
export const ownPictures = { cover: '/api/v2/picture/cover.svg', logo: '/api/v2/picture/logo.svg' }

/** The path of categories' pictures that Kith draws; the id and .svg follow. */
export const categoryPath = '/api/v2/picture/category/'
