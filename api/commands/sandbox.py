"""Serving the demo event to those who write apps, with misbehaviour on request."""

import os
import signal
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path

import click

from api.commands.serving import DEMO_CLOCK, prepare_demo
from api.settings import from_environment


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="0.0.0.0 for phones nearby.")
@click.option("--port", default=8010, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep database and keys in this folder; otherwise they are gone at the end.",
)
def sandbox(host: str, port: int, home: Path | None) -> None:
    """Serve the demo event so that an app can meet late answers, old heads and the like.

    It never touches EVENTDAY_HOME and EVENTDAY_DATABASE.
    """
    from api import server  # noqa: PLC0415  # other commands need no server

    if not server.is_free(host, port):
        raise click.ClickException(
            f"Port {port} is taken; choose another: eventday sandbox --port {port + 1}"
        )
    # What ends a container is to tidy up as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = nullcontext(str(home)) if home else tempfile.TemporaryDirectory(prefix="eventday-")
    with folder as path:
        _serve(host, port, Path(path))


def _serve(host: str, port: int, home: Path) -> None:
    from werkzeug.serving import make_server  # noqa: PLC0415

    from api import server  # noqa: PLC0415
    from api.app import close, create_app  # noqa: PLC0415
    from api.sandbox import ROOT, Sandbox  # noqa: PLC0415
    from api.worker import Worker  # noqa: PLC0415

    clock = os.environ.get("EVENTDAY_CLOCK") or DEMO_CLOCK
    settings = from_environment({"EVENTDAY_HOME": str(home), "EVENTDAY_CLOCK": clock})
    app = create_app(settings)
    service = app.extensions["eventday"]
    worker = Worker(service)
    # A thread a connection: late answers hold up nobody else, and a reset always gets through.
    with make_server(host, port, Sandbox(app), threaded=True) as served:
        try:
            token = prepare_demo(settings, service.db, service.now, server.EXAMPLE)
            service.publications.forget()
            worker.start()
            shown = server.local_address() if host in {"0.0.0.0", "::"} else host  # noqa: S104
            address = f"http://{shown}:{port}"
            click.echo(f"first call      {address}/v1/bootstrap")
            click.echo(f"misbehaviour    {address}{ROOT}")
            click.echo(f"documentation   {address}/docs")
            click.echo(f"organiser token in {token}")
            sys.stdout.flush()
            served.serve_forever()
        finally:
            worker.end()
            if worker.is_alive():
                worker.join()
            close(app)
