import { render } from 'preact'
import { App } from './app.tsx'
import 'uplot/dist/uPlot.min.css'
import './style.css'
import './pages.css'
import './people/people.css'
import './webhooks/webhooks.css'

// Its addresses are all below this one.
if (location.pathname === '/console') history.replaceState(null, '', '/console/')
render(<App />, document.getElementById('root') as HTMLElement)
