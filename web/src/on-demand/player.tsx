import { Box, Button } from '@mui/material'
import { useState } from 'react'
import { words } from '../words.ts'

/** Where a video is shown in a frame, by its address; null of any other. */
export function frameOf(address: string): string | null {
  if (!URL.canParse(address)) return null
  const url = new URL(address)
  const host = url.hostname.replace(/^(?:www|m)\./, '')
  const [first = '', second = ''] = url.pathname.split('/').filter(Boolean)
  const youtube =
    host === 'youtu.be'
      ? first
      : host === 'youtube.com'
        ? (url.searchParams.get('v') ?? (['embed', 'live', 'shorts'].includes(first) ? second : ''))
        : ''
  if (/^[\w-]{6,20}$/.test(youtube)) return `https://www.youtube-nocookie.com/embed/${youtube}?autoplay=1&rel=0`
  const vimeo = host === 'vimeo.com' ? first : ''
  return /^\d{4,15}$/.test(vimeo) ? `https://player.vimeo.com/video/${vimeo}?autoplay=1&dnt=1` : null
}

type PlayerProps = { url: string; width?: string | number; height?: string | number; muted?: boolean }

/** Plays a video. One that is kept elsewhere is asked for once somebody wants to see it, and so learns nothing of the rest. */
export default function Player({ url, width = '100%', height, muted }: PlayerProps) {
  const [wanted, setWanted] = useState(false)
  const frame = frameOf(url)
  const size = { width, height: height ?? 'auto', aspectRatio: '16 / 9', maxWidth: '100%', border: 0, display: 'block' }
  const isOwn = !/^https?:/.test(url) || new URL(url).origin === location.origin
  if (!frame && isOwn) return <video controls preload="metadata" src={url} muted={muted} style={size} />
  const host = (URL.canParse(frame ?? url) ? new URL(frame ?? url).hostname : '').replace(/^(?:www|player)\./, '')
  if (frame && wanted)
    return (
      <iframe
        title={words.video}
        src={frame}
        style={size}
        allow="autoplay; fullscreen; picture-in-picture"
        sandbox="allow-scripts allow-same-origin allow-presentation allow-popups"
      />
    )
  return (
    <Box sx={{ ...size, bgcolor: 'grey.900', display: 'grid', placeItems: 'center' }}>
      {frame ? (
        <Button variant="contained" onClick={() => setWanted(true)}>
          ▶ {words.playAt(host.replace('-nocookie', ''))}
        </Button>
      ) : (
        <Button variant="contained" href={url} target="_blank" rel="noopener noreferrer">
          {words.playAt(host)}
        </Button>
      )}
    </Box>
  )
}
