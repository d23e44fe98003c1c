import { useGet } from '../parts/data.ts'
import { Table } from '../parts/list.tsx'
import { Page, Section } from '../parts/page.tsx'
import { Failed, Loading } from '../parts/states.tsx'

type Menu = { id: number; name: string; items: { id: number; label: string; url: string }[] }

const meanings: Record<string, string> = {
  base: 'At the foot of every page',
  user: 'Beside the name of a member',
  not_logged: 'For visitors',
}

export default function Menus() {
  const menus = useGet<{ results: Menu[] }>('/custom_menu/')
  const { data, error } = menus
  return (
    <Page
      title="Menus"
      says="The links that clients show together. They follow from options: where each leads is the template of its page. They cannot be written yet."
    >
      {error && <Failed error={error} retry={() => void menus.reload()} />}
      {!data && !error && <Loading />}
      {data?.results.map(({ id, name, items }) => (
        <Section key={id} title={meanings[name] ?? name}>
          <Table
            caption={`Links of ${name}`}
            rows={items}
            keyOf={(each) => each.id}
            columns={[
              { title: 'Link', heading: true, cell: ({ label }) => label },
              { title: 'Leads to', cell: ({ url }) => <code>{url}</code> },
            ]}
          />
        </Section>
      ))}
      <p>
        <a href="/console/options?search=url_template">Change where they lead in the options</a>
      </p>
    </Page>
  )
}
