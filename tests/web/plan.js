/** Prints what /app shows of a plan: of {rows, schedule} as the server answers them, on standard input. */

import { readAgenda } from "../../web/app/agenda.js";
import { planOf } from "../../web/app/plan.js";
import { hold } from "../../web/shared/feed.js";

const { rows, schedule } = JSON.parse(await new Response(process.stdin).text());
const agenda = readAgenda(await hold(rows));
const shown = ({ starts_at, ends_at, state }) => ({ starts_at, ends_at, state });
const plan = planOf(agenda, schedule, []).map(({ clashes, ...entry }) => ({
  ...shown(entry), kind: entry.kind, number: entry.number, begins: entry.begins, finishes: entry.finishes,
  parts: (entry.session?.parts ?? []).map((part) => ({ id: part.id, ...shown(part) })),
  clashes: clashes.map(({ kind, entry: other, minutes }) => ({ kind, minutes, [`${other.kind}_id`]: other.number })),
}));
process.stdout.write(JSON.stringify(plan));
