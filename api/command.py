"""The command line: `eventday`."""

from typing import Any

import click
from sqlalchemy.exc import DBAPIError

from api.commands import (
    agenda,
    attendees,
    badge_keys,
    badges,
    certificates,
    door_lists,
    edits,
    enrol,
    feed,
    gates,
    meetings,
    person,
    phone,
    report,
    sandbox,
    scanner,
    scans,
    serving,
    ticks,
    tokens,
)
from event.errors import EventdayError


class Group(click.Group):
    """Says a refusal in one sentence instead of a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except EventdayError as error:
            raise click.ClickException(error.detail) from None
        except DBAPIError as error:
            what = " ".join(str(error.orig).split())
            raise click.ClickException(f"EVENTDAY_DATABASE cannot be used: {what}.") from None


@click.group(cls=Group)
@click.version_option(package_name="eventday")
def main() -> None:
    """Run eventday: agenda, badges, door and last-minute changes of one event.

    Settings are environment variables: EVENTDAY_HOME (default var), EVENTDAY_DATABASE,
    EVENTDAY_CLOCK, EVENTDAY_URL, EVENTDAY_KEEP.
    """


for command in (
    serving.serve,
    agenda.import_,
    agenda.export,
    edits.edits,
    feed.mirror,
    feed.keys,
    feed.backup,
    feed.restore,
    tokens.token,
    attendees.attendees,
    meetings.meetings,
    badges.badges,
    enrol.enrol,
    enrol.devices,
    gates.gates,
    door_lists.door_lists,
    ticks.ticks,
    scans.scans,
    report.report,
    certificates.certificates,
    person.person,
    person.purge,
    phone.phone,
    scanner.scanner,
    sandbox.sandbox,
    serving.openapi,
):
    main.add_command(command)
feed.keys.add_command(badge_keys.badge)

if __name__ == "__main__":
    main()
