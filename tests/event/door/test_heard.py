"""When devices were last heard."""

from gates import AT, NOW, a_sender

from event.database import Database
from event.door.heard import Heard, all_heard, hear, is_news
from sync.outbox import Batch, receive


def test_what_a_device_says_of_itself_is_kept_until_it_says_otherwise(db: Database) -> None:
    _, sender = a_sender(db)
    number = sender.bearer.device_id
    assert number is not None
    with db.write() as tx:
        assert is_news(tx, number, at=AT)
        hear(tx, number, at=AT, battery=80, waiting=3)
        assert not is_news(tx, number, at=AT + 9)
        assert is_news(tx, number, at=AT + 10)
        hear(tx, number, at=AT + 20)
        assert all_heard(tx) == {number: Heard(AT + 20, 80, 3)}
        hear(tx, number, at=AT + 10, battery=79, waiting=0)
        assert all_heard(tx) == {number: Heard(AT + 20, 79, 0)}


def test_a_batch_tells_that_its_device_is_there_by_the_events_clock(db: Database) -> None:
    uuid, sender = a_sender(db)
    batch = Batch(uuid, "b", NOW, 0, [], battery=64, waiting=7)
    receive(db, batch, at=NOW, sender=sender, ahead=60_000)
    receive(db, Batch("0" * 36, "b", NOW, 0, []), at=NOW)
    with db.read() as tx:
        assert all_heard(tx) == {sender.bearer.device_id: Heard(AT + 60, 64, 7)}
