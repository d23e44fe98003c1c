/** Where the picture of a member is that Kith draws; the id follows. */
export const avatarPath = '/api/v2/avatar/'

/** Other pictures that Kith draws. */
export const ownPictures = { cover: '/api/v2/picture/cover.svg', logo: '/api/v2/picture/logo.svg' }
