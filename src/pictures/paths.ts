/** Where the picture of a member is that Kith draws; the id follows. */
export const avatarPath = '/api/v2/avatar/'

/** Where the pictures of reactions are that Kith draws; a name and .svg follow. */
export const reactionPath = '/api/v2/picture/reaction/'

/** Other pictures that Kith draws. */
export const ownPictures = { cover: '/api/v2/picture/cover.svg', logo: '/api/v2/picture/logo.svg' }

/** Where the picture of a category is that Kith draws; the id and .svg follow. */
export const categoryPath = '/api/v2/picture/category/'
