import { Button, Paper, Typography } from '@mui/material'
import { Link } from './router.tsx'

type SaidProps = { title: string; more: string; action: string; to?: string; onAction?: () => void }

/** A page that says one thing, and leads on. */
export function Said({ title, more, action, to, onAction }: SaidProps) {
  return (
    <Paper sx={{ p: 3, maxWidth: 480, mx: 'auto', mt: 4 }} role={onAction ? 'alert' : undefined}>
      <Typography variant="h5" component="h1" gutterBottom>
        {title}
      </Typography>
      <Typography gutterBottom>{more}</Typography>
      {to ? (
        <Button variant="contained" component={Link} to={to}>
          {action}
        </Button>
      ) : (
        <Button variant="contained" onClick={onAction}>
          {action}
        </Button>
      )}
    </Paper>
  )
}
