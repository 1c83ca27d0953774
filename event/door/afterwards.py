"""What is said of a scan afterwards: that it is taken back, or how a question was answered."""

from dataclasses import replace

from sqlalchemy import Connection

from event.door.decide import Outcome
from event.door.gates import find_gate
from event.door.history import UNDO_WITHIN
from event.door.scans import Scan, read_scans, store
from event.door.settle import settle
from event.door.turns import wait_for
from event.errors import Conflict, NotFound


def tell(db: Connection, slug: str, said: Scan) -> Scan:
    """Store an undo or an answer about the scan `said.target`, and return it as it is stored.

    A known id returns what was stored then. Raises NotFound for no such scan at that gate, Conflict
    when the id is taken, when it is another device's scan or no question, or when an undo comes too
    late; a help desk (`said.trusted`) may undo and answer for everybody, whenever.
    """
    about = read_scans(db, [said.target]).get(said.target)
    gate_id = find_gate(db, slug).id
    if about is None or (about.kind, about.gate_id) != ("scan", gate_id):
        raise NotFound("There is no such scan at this gate.")
    wait_for(db, [] if about.holder is None else [about.holder])
    if before := read_scans(db, [said.id]).get(said.id):
        if (before.device, before.kind, before.target) != (said.device, said.kind, said.target):
            raise Conflict("Something else has this id; make a new one each time.")
        return before
    if about.device != said.device and not said.trusted:
        raise Conflict("This was another device's scan; ask the help desk.")
    if said.kind == "answer" and about.outcome != Outcome.ASK:
        raise Conflict("Nothing was asked there; scan the badge again.")
    is_late = said.kind == "undo" and said.t_est - about.t_est > UNDO_WITHIN
    if is_late and not said.trusted:
        raise Conflict("This was more than two minutes ago; ask the help desk.")
    stored = store(db, [replace(said, gate_id=gate_id, holder=about.holder)])[said.id]
    settle(db, [stored])
    return stored
